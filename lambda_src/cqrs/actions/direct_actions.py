"""Direct invocations: ``{"source": "direct", "action": ..., "payload": {...}}``.

The answer is ``{"status": "ok", "result": ...}``, or for a mistake of the caller the guide's error
result ``{"status": "error", "error", "cause"}``. A fault of the service is an exception, which the
caller sees as the invocation's FunctionError.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cqrs.aws.application_code import ran
from cqrs.core.json_text import members
from cqrs.core.payloads import checked_payload
from cqrs.core.sizes import json_size
from cqrs.errors import ConfigurationError, InvalidItem, PermanentError, ValidationError
from cqrs.events.types import LARGEST_PAYLOAD
from cqrs.events.workflows import error_result

if TYPE_CHECKING:
    from cqrs.events.types import DirectEvent

Action = Callable[..., Any]


class DirectActions:
    """The actions that may be invoked directly."""

    def __init__(self) -> None:
        self._actions: dict[str, Callable[[], Action]] = {}

    def register(self, name: str, action: Action) -> None:
        """Add an action; its parameters are the payload's keys, their annotations its kinds.

        Raises
        ------
        ConfigurationError
            If the name is taken.
        """
        self.register_lazily(name, lambda: action)

    def register_lazily(self, name: str, make: Callable[[], Action]) -> None:
        """Add an action that is made when it is called.

        Raises
        ------
        ConfigurationError
            If the name is taken.
        """
        if name in self._actions:
            raise ConfigurationError(f"Two actions are called {name!r}; rename one of them.")
        self._actions[name] = make

    def run(self, event: DirectEvent) -> dict[str, Any]:
        """Run an action and tell what came of it.

        Raises
        ------
        ConfigurationError
            If the deployment is at fault, and not the caller.
        """
        try:
            action = self._action(event.action)
            payload = checked_payload(event.action, action, event.payload)
            answer = {"status": "ok", "result": answered(ran(action(**payload)))}
            _refuse_too_large(event.action, answer)
        except ConfigurationError:
            raise
        except PermanentError as error:
            return {**error_result(type(error).__name__, str(error)), **_parts_of(error)}
        return answer

    def _action(self, name: str) -> Action:
        if not name:
            raise ValidationError(
                "A direct invocation must name its action: "
                '{"source": "direct", "action": ..., "payload": {...}}. '
                f"Known are {', '.join(sorted(self._actions))}."
            )
        if name not in self._actions:
            raise ValidationError(
                f"There is no action {name!r}; known are {', '.join(sorted(self._actions))}."
            )
        return self._actions[name]()


def answered(value: Any) -> Any:
    """The result of an action, as Lambda writes it without loss.

    Its runtime rounds Decimals and refuses what DynamoDB has beyond JSON. So such a number goes as
    text, a set as a list, and binary data as Base64.
    """
    if isinstance(value, Mapping):
        return {name: answered(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [answered(part) for part in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return [answered(member) for member in members(value)]
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value


def _parts_of(error: PermanentError) -> dict[str, Any]:
    """Everything that is wrong with an item, each error with its place."""
    if not isinstance(error, InvalidItem):
        return {}
    return {"errors": [{"path": path, "message": message} for path, message in error.errors]}


def _refuse_too_large(action: str, answer: dict[str, Any]) -> None:
    size = json_size(answer)
    if size > LARGEST_PAYLOAD:
        raise ValidationError(
            f"The action {action!r} was run, and its answer takes {size:,} bytes; Lambda takes "
            f"{LARGEST_PAYLOAD:,} at most. Ask for less, or read it with the services in Python or "
            "on the command line, which take any size."
        )
