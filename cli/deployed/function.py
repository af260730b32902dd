"""Direct invocations of the deployed function."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send_once
from cqrs.core.json_text import from_json, to_json
from cqrs.core.json_values import json_value
from cqrs.dead_letters.delivery import Answer
from cqrs.errors import CqrsError, Throttled, ValidationError
from cqrs.events.types import DIRECT_SOURCE, LARGEST_PAYLOAD

if TYPE_CHECKING:
    from cqrs.services import Services


THROTTLED_SECONDS = 120.0
PAUSE_SECONDS = 1.0


class ActionRefused(CqrsError):
    """The function refused an action; the message is its own."""


class FunctionFailed(CqrsError):
    """The function failed on an action."""


def invoke(services: Services, event: dict[str, Any]) -> Answer:
    """Invoke the deployed function and wait for its answer.

    An invocation that Lambda throttles has not begun, so it is repeated for a while. Others use up
    the function's concurrency just when there is something to repair.

    Raises
    ------
    ValidationError
        If the event is larger than what Lambda takes.
    Throttled
        If Lambda is throttling all the while.
    """
    request = to_json(event, ascii_only=True)
    if len(request) > LARGEST_PAYLOAD:
        raise ValidationError(
            f"The request takes {len(request):,} bytes; Lambda takes {LARGEST_PAYLOAD:,} at most. "
            "Send it in parts, or put large values into a bucket and send their keys."
        )
    answer = _sent(services, request)
    body = from_json(answer["Payload"].read())
    if answer.get("FunctionError"):
        return Answer(None, f"{body.get('errorType')}: {body.get('errorMessage')}")
    return Answer(body)


def _sent(services: Services, request: str) -> Any:
    deadline = time.monotonic() + THROTTLED_SECONDS
    while True:
        try:
            return send_once(
                services.clients.lambda_,
                "invoke",
                FunctionName=services.settings.function_name,
                Payload=request,
            )
        except Throttled:
            if time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE_SECONDS)


@contextmanager
def advising(advice: str) -> Iterator[None]:
    """Say what to do if the function fails, which may have done by then what it was asked for.

    Raises
    ------
    FunctionFailed
        If it failed; the error has the advice.
    """
    try:
        yield
    except FunctionFailed as failure:
        raise FunctionFailed(f"{failure}. {advice}") from failure


def invoke_action(services: Services, action: str, payload: dict[str, Any]) -> Any:
    """Run an action in the deployed function and return its result.

    Raises
    ------
    ValidationError
        If the payload is none that reaches the function as it is: Lambda reads numbers as floats.
    ActionRefused
        If the action refused its payload.
    FunctionFailed
        If the function raised an error.
    """
    checked = json_value(payload, "payload", is_stored=False)
    answer = invoke(services, {"source": DIRECT_SOURCE, "action": action, "payload": checked})
    if answer.problem:
        raise FunctionFailed(answer.problem)
    if answer.result["status"] != "ok":
        raise ActionRefused(f"{answer.result['error']}: {answer.result['cause']}")
    return answer.result["result"]
