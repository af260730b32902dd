"""The use of AWS by a first version of an item, which is what a bill counts.

A load that no quota hinders uses the same for each command, whatever the latencies are.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from cqrs.states import Lane
from tests.limits.cases import EXPRESS, HOUR, Commands
from tests.limits.report import prices_of, report

STEADY = Commands(
    name="first-versions",
    rate=40.0,
    seconds=120.0,
    scale=20.0,
    items=1_000_000_000,
    patience_seconds=HOUR,
)
ADDITIONS = {Lane.STANDARD: "", Lane.EXPRESS: EXPRESS}

CALLS = 5
"""Of the function: the record, and the states check_version, transform_data, sync_data, finish."""

SHARED_CALLS = 0.2
"""Records come together when they come at a time, and the healer is called too."""

MOST_WRITE_UNITS = 8.2
"""Publishing puts the command on the condition that its item does not exist, which counts twice
each. Data item and end are one each, and the index of unfinished commands follows the command."""


@pytest.mark.parametrize(
    ("lane", "transitions", "executions", "most_dollars"),
    [(Lane.STANDARD, 7.0, 0.0, 185.0), (Lane.EXPRESS, 0.0, 1.0, 12.0)],
)
def test_a_first_version_uses_no_more(
    lane: Lane, transitions: float, executions: float, most_dollars: float
) -> None:
    result = replace(STEADY, addition=ADDITIONS[lane]).run(seed=1)
    assert result.broken == [], report(result)

    finished, use = result.watch.finished, result.account.tally.use
    assert use["state_transition"] / finished == transitions
    assert use["express_execution"] / finished == pytest.approx(executions, abs=0.02)
    assert use["invocation"] / finished == pytest.approx(CALLS, abs=SHARED_CALLS)
    assert use["write_unit"] / finished <= MOST_WRITE_UNITS
    assert sum(prices_of(result).values()) * 1_000_000 / finished <= most_dollars
