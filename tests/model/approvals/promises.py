"""The promises at the end of every run, and once all that can be found has been looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.approvals.indexes import is_listed
from cqrs.approvals.models import TOKEN, ApprovalStatus
from cqrs.testing.asl.state_machine import Active
from tests.model.approvals.monitor import CLOSED, FOUND, TOLD
from tests.model.approvals.program import DOCTOR
from tests.model.approvals.scenarios import Person
from tests.model.program import TENANT
from tests.model.violation import Violation

if TYPE_CHECKING:
    from tests.model.approvals.world import World

ZOE = Person("zoe")
"""Looks for whatever is listed in the end, and approves it."""

MOST_QUESTIONS = 4
"""Questions that an execution can still ask after the first that somebody answers in the end."""


def check_end(world: World) -> None:
    """Check a world in which nothing happens any more.

    Raises
    ------
    Violation
        If one of the promises does not hold.
    """
    after = world.copy()
    _waits_are_found(after)
    if not after.is_late:
        _requests_are_waited_for(after)
    after.invoke(DOCTOR, {DOCTOR: True})
    after.work_off()
    _waits_are_found(after)
    if not after.is_late or not isinstance(after.execution.at, Active):
        _requests_are_waited_for(after)
    for _ in range(MOST_QUESTIONS):
        listed = [item for item in after.requests() if is_listed(item)]
        for item in listed:
            after.let_answer(ZOE, item["sk"])
            after.work_off()
    if after.waiting() is not None:
        raise Violation(FOUND, f"{after.waiting()} waits when all requests are answered")
    for item in after.requests():
        if is_listed(item):
            raise Violation(CLOSED, f"{_text(item)} is still listed when all is over")
    if after.monitor.untold:
        raise Violation(TOLD, f"no notification reports {after.monitor.untold}")


def _waits_are_found(world: World) -> None:
    """Each wait has the request that its people find, and that knows its token."""
    waiting = world.waiting()
    if waiting is None:
        return
    tokens = [
        item.get(TOKEN)
        for item in world.requests()
        if is_listed(item) and item["status"] == ApprovalStatus.PENDING
    ]
    if waiting.token not in tokens:
        raise Violation(FOUND, f"{waiting.state} waits, and {list(map(_text, world.requests()))}")


def _requests_are_waited_for(world: World) -> None:
    """Each request that is not over is pending, and its wait is under way."""
    waiting = world.waiting()
    for item in world.requests():
        if not is_listed(item):
            continue
        is_waited_for = waiting is not None and waiting.token == item.get(TOKEN)
        if item["status"] != ApprovalStatus.PENDING or not is_waited_for:
            raise Violation(CLOSED, f"{_text(item)} is open, and nobody waits for it")


def _text(item: Any) -> str:
    return f"{TENANT}/{item['sk']} ({item['status']}, wait {item['waitingSince']})"
