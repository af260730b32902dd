"""The tries that failed, as an execution's history shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.deployed.execution_histories import history_of
from cqrs.aws.state_visits import visits_of

if TYPE_CHECKING:
    from cqrs.aws.executions import ExecutionReader


def failed_tries(reader: ExecutionReader, arn: str) -> list[dict[str, str]] | None:
    """Tries of states that failed, the first one first: when, which state, and why.

    Parameters
    ----------
    reader
        Reads executions.
    arn
        The execution, which exists.

    Returns
    -------
    list or None
        None if the caller may not read histories, which hold task tokens.
    """
    history = history_of(reader, arn)
    if history is None:
        return None
    tries = [(visit.state, one) for visit in visits_of(history) for one in visit.failed_tries]
    return [
        {
            "at": one.at.isoformat(timespec="seconds"),
            "state": state,
            "error": one.error,
            "cause": one.cause,
        }
        for state, one in sorted(tries, key=lambda told: told[1].at)
    ]
