"""Use case 4: closing airports needs an approval; one is given, one refused, one never comes.

Source: guide, "Use case 4: asynchronous callback pattern".
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace

from rich.console import Console

from app.airport_closure import AIRPORT_CLOSURE, CLOSURE
from cqrs import KEY_SEPARATOR, ApprovalKey, ApprovalRequest, ApprovalStatus, TransientError
from cqrs.aws.step_functions import ExecutionDescription, execution_arn
from demo.airport_publishing import publish_airports
from demo.checks import Check, print_checks
from demo.heading import print_heading
from demo.run import Run
from demo.stored import dead_letters
from demo.waiting import wait_for

REASON = "the runway is under water"
APPROVER, REJECTER = "ann", "bob"

CLOSURES = 3
LONGEST_WAIT_SECONDS = 240.0
LONGEST_TIMEOUT_SECONDS = 120
"""An answer that an environment awaits for longer is not waited for here: the execution is
stopped."""


@dataclass(frozen=True, slots=True)
class AskedClosures:
    """Closures that were asked for, one after the other to be approved, rejected and left.

    Attributes
    ----------
    run
        The run, of a tenant of its own.
    keys
        The requests.
    started
        When they were asked for, by the monotonic clock.
    """

    run: Run
    keys: list[ApprovalKey]
    started: float


def demonstrate_approvals(run: Run, console: Console) -> bool:
    """Ask to close three airports, answer two, count; True if every count is right."""
    return count_closures(ask_for_closures(run, console), console)


def ask_for_closures(run: Run, console: Console) -> AskedClosures:
    """Ask to close three airports, answer two, and leave one to expire."""
    run = replace(run, tenant=f"{run.tenant}-approvals", airports=run.airports[:CLOSURES])
    print_heading(
        console,
        "Approvals",
        f"{CLOSURES} airports to close, of which one is approved, one "
        f"rejected and one left, tenant {run.tenant}",
    )
    publish_airports(run, console)
    started = time.monotonic()
    keys = [_start(run, airport.iata) for airport in run.airports]
    wait_for(
        lambda: _all_have(run, keys, ApprovalStatus.PENDING), "the requests", LONGEST_WAIT_SECONDS
    )
    approved, rejected, left = keys
    approvals = run.connection.services.approvals
    _print(console, approvals.approve(approved, APPROVER))
    _print(console, approvals.reject(rejected, REJECTER, "the water has gone"))
    _leave(run, left, console)
    return AskedClosures(run, keys, started)


def count_closures(asked: AskedClosures, console: Console) -> bool:
    """Wait until all are over, and count; True if every count is right."""
    run, keys = asked.run, asked.keys
    approved, _, left = keys
    ended = wait_for(lambda: _ended(run, keys), "the executions to end", LONGEST_WAIT_SECONDS)
    wait_for(
        lambda: _all_have(run, [left], ApprovalStatus.EXPIRED),
        "the request to expire",
        LONGEST_WAIT_SECONDS,
    )
    _print(console, _read(run, left))
    checks = _count(run, keys, ended)
    footer = f"ended after {time.monotonic() - asked.started:.1f} s"
    print_checks(console, "The requests for approval and their ends", checks, footer)
    console.print(f"Look at it: .venv/bin/cqrs approvals show '{approved}'", soft_wrap=True)
    return all(check.holds for check in checks)


def _start(run: Run, iata: str) -> ApprovalKey:
    name = f"{run.tenant}-{iata}"
    run.connection.services.step_functions.start(
        _machine(run), name, {"tenant": run.tenant, "airport": iata, "reason": REASON}
    )
    return ApprovalKey.make(run.tenant, name)


def _leave(run: Run, key: ApprovalKey, console: Console) -> None:
    """Let a request expire, or stop its execution if that would take too long."""
    seconds = run.connection.environment.approval.timeout_seconds
    if seconds <= LONGEST_TIMEOUT_SECONDS:
        console.print(f"  {key.request_id} is left to expire, which takes {seconds} s")
        return
    console.print(f"  {key.request_id} would wait {seconds:,} s, so its execution is stopped")
    cause = f"The demonstration does not wait {seconds:,} s."
    run.connection.services.step_functions.stop(_execution(run, key), "Impatient", cause)


def _count(run: Run, keys: list[ApprovalKey], ended: list[ExecutionDescription]) -> list[Check]:
    services = run.connection.services
    requests = [_read(run, key) for key in keys]
    statuses = Counter(request.status for request in requests)
    given = [execution.output.get("by") for execution in ended if execution.output]
    airports = list(services.data.list_all(run.pk))
    closed = sum(airport.is_deleted for airport in airports)
    rejections = list(services.data.list_all(f"{CLOSURE}{KEY_SEPARATOR}{run.tenant}"))
    return [
        Check("requests APPROVED", statuses[ApprovalStatus.APPROVED], 1),
        Check("requests REJECTED", statuses[ApprovalStatus.REJECTED], 1),
        Check("requests EXPIRED", statuses[ApprovalStatus.EXPIRED], 1),
        Check("answers delivered", sum(bool(request.delivered_at) for request in requests), 2),
        Check("executions that got them", len({APPROVER, REJECTER} & set(given)), 2),
        Check("executions ended", len(ended), CLOSURES),
        Check("airports closed", closed, 1),
        Check("airports still open", len(airports) - closed, CLOSURES - 1),
        Check("rejections recorded", len(rejections), 1),
        Check("messages in dead-letter queues", dead_letters(run.connection), 0),
    ]


def _print(console: Console, request: ApprovalRequest) -> None:
    by = f" by {request.answered_by}" if request.answered_by else ""
    console.print(f"  {request.title}: {request.status.value}{by}")


def _all_have(run: Run, keys: list[ApprovalKey], status: ApprovalStatus) -> bool:
    found = [run.connection.services.approvals.get_request(key) for key in keys]
    return all(request is not None and request.status is status for request in found)


def _read(run: Run, key: ApprovalKey) -> ApprovalRequest:
    request = run.connection.services.approvals.get_request(key)
    if request is None:
        raise TransientError(f"{key} was never made: look at `cqrs workflow status`.")
    return request


def _ended(run: Run, keys: list[ApprovalKey]) -> list[ExecutionDescription] | None:
    describe = run.connection.services.step_functions.describe
    found = [describe(_execution(run, key)) for key in keys]
    ended = [execution for execution in found if execution and not execution.is_running]
    return ended if len(ended) == len(keys) else None


def _machine(run: Run) -> str:
    return run.connection.settings.state_machine_arn(AIRPORT_CLOSURE)


def _execution(run: Run, key: ApprovalKey) -> str:
    return execution_arn(_machine(run), key.request_id)
