"""Direct invocations of the deployed function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cqrs.clients import send
from cqrs.errors import CqrsError
from cqrs.events import DIRECT_SOURCE

if TYPE_CHECKING:
    from cqrs.services import Services


class ActionRefused(CqrsError):
    """The function refused an action; the message is its own."""


class FunctionFailed(CqrsError):
    """The function failed on an action."""


def invoke_action(services: Services, action: str, payload: dict[str, Any]) -> Any:
    """Run an action in the deployed function and return its result.

    Raises
    ------
    ActionRefused
        The action refused its payload.
    FunctionFailed
        The function raised an error.
    """
    answer = send(
        services.clients.lambda_,
        "invoke",
        FunctionName=services.settings.function_name,
        Payload=json.dumps({"source": DIRECT_SOURCE, "action": action, "payload": payload}),
    )
    body = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise FunctionFailed(f"{body.get('errorType')}: {body.get('errorMessage')}")
    if body["status"] != "ok":
        raise ActionRefused(f"{body['error']}: {body['cause']}")
    return body["result"]
