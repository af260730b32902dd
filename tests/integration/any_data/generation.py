"""Generated values, the same again for the same seed."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Value = TypeVar("Value")


def generated(values: st.SearchStrategy[Value], count: int, given_seed: str) -> list[Value]:
    """So many values of a kind.

    They are only generated here and used as a whole. With a deployed stack in the loop, nothing
    could be made smaller in any useful time.
    """
    found: list[Value] = []

    @seed(given_seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(values)
    def keep(value: Value) -> None:
        found.append(value)

    round_number = 0
    while len(found) < count:
        # Fewer are made if they repeat.
        before, round_number = len(found), round_number + 1
        seed(f"{given_seed}-{round_number}")(keep)
        keep()
        assert len(found) > before
    return found[:count]
