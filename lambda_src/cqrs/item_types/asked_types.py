"""Items and their types in a process that does not know the application, and asks its function.

Attributes are checked here before they are published, against the schemas that the function gives.
So numbers keep all their digits on the way. An item that is read is shown as it is stored, as
upcasters are the application's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send_once
from cqrs.aws.replaced_code import REPLACED_WITHIN_SECONDS, may_be_replaced
from cqrs.core.backoff import back_off
from cqrs.core.json_text import from_json, to_json
from cqrs.core.keys import item_type
from cqrs.errors import ConfigurationError, InvalidItem
from cqrs.events.types import DIRECT_SOURCE
from cqrs.item_types.item_type import ItemType
from cqrs.item_types.known_types import KnownTypes
from cqrs.item_types.registry import ItemTypes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.clients import Clients
    from cqrs.core.keys import ItemKey
    from cqrs.settings import Settings

LIST_ITEM_TYPES = "list_item_types"
CHECK_ITEM = "check_item"
"""Names of the actions that tell what this needs."""

KEPT_SECONDS = 300.0
"""How long the function's answer is kept: a deployment may change it."""


@dataclass(frozen=True, slots=True)
class _Answer:
    types: ItemTypes
    known: KnownTypes
    until: float


class AskedTypes:
    """The types that the deployed function knows.

    Parameters
    ----------
    clients, settings
        Access to the function, and its name.
    """

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._settings = settings
        self._answer: _Answer | None = None

    def newest(self, pk: str) -> int:
        """The newest version of a type's schema (one Invoke in five minutes)."""
        return self._asked().known.newest(pk)

    def check(self, key: ItemKey, attributes: Mapping[str, Any]) -> None:
        """See that attributes may be published.

        One Invoke in five minutes, and one each time for a type whose model's validators are run.
        """
        asked = self._asked()
        asked.known.check(key, attributes)
        known = asked.types.get(item_type(key.pk))
        if known is not None and known.has_validators:
            self._ask_validators(known, key, attributes)

    def upcast(self, key: ItemKey, attributes: dict[str, Any], version: int) -> dict[str, Any]:
        """Attributes of the newest version; those of an earlier one are refused.

        Raises
        ------
        ConfigurationError
            If they are of an earlier version.
        """
        newest = self.newest(key.pk)
        if version < newest:
            raise ConfigurationError(
                f"{key} is stored in version {version} of its schema, of {newest}, and this "
                "process does not know the application's upcasters. Let the function do it: the "
                "actions publish_partial_update and publish_partial_update_sync. Or publish the "
                "whole item."
            )
        return attributes

    def as_read(
        self, _key: ItemKey, attributes: dict[str, Any], version: int
    ) -> tuple[dict[str, Any], int]:
        """Attributes as they are stored (no request)."""
        return attributes, version

    def _asked(self) -> _Answer:
        if self._answer is None or time.monotonic() >= self._answer.until:
            self._answer = self._ask()
        return self._answer

    def _ask(self) -> _Answer:
        answer = self._invoke(LIST_ITEM_TYPES, {})
        # An action that takes nothing is refused only by a function that does not have it yet.
        listed = answer["result"] if answer["status"] == "ok" else ()
        types = ItemTypes()
        for told in listed:
            types.register(_read(told))
        return _Answer(types, KnownTypes(types, self._settings), time.monotonic() + KEPT_SECONDS)

    def _ask_validators(self, known: ItemType, key: ItemKey, attributes: Mapping[str, Any]) -> None:
        payload = {"pk": key.pk, "sk": key.sk, "attributes": attributes}
        answer = self._invoke(CHECK_ITEM, payload)
        if answer["status"] != "ok":
            errors = answer.get("errors") or [{"path": "attributes", "message": answer["cause"]}]
            told = tuple((error["path"], error["message"]) for error in errors)
            raise InvalidItem(key.pk, key.sk, known.name, told)

    def _invoke(self, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the function, which changes nothing, so that it may be asked again."""
        event = {"source": DIRECT_SOURCE, "action": action, "payload": payload}
        request = to_json(event, ascii_only=True)
        deadline: float | None = None
        for attempt in count():
            answer = self._sent(request)
            body: dict[str, Any] = from_json(answer["Payload"].read())
            if not answer.get("FunctionError"):
                return body
            problem = f"{body.get('errorType')}: {body.get('errorMessage')}"
            if not may_be_replaced(problem):
                break
            deadline = deadline or time.monotonic() + REPLACED_WITHIN_SECONDS
            if time.monotonic() >= deadline:
                problem = f"{problem.strip()}, for {REPLACED_WITHIN_SECONDS:.0f} s on end"
                break
            back_off(attempt)
        name = self._settings.function_name
        raise ConfigurationError(
            f"The function {name} failed when it was asked for its item types: {problem}. Nothing "
            "was published. `cqrs logs` shows why; mend the code, and try again."
        )

    def _sent(self, request: str) -> dict[str, Any]:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only if something is asked

        name = self._settings.function_name
        try:
            answer: dict[str, Any] = send_once(
                self._clients.lambda_, "invoke", FunctionName=name, Payload=request
            )
        except ClientError as error:
            raise ConfigurationError(
                f"The function {name} could not be asked for its item types: {error}. Allow "
                "lambda:InvokeFunction on it. If there are no item types, say so by Services(..., "
                "item_types=ItemTypes())."
            ) from error
        return answer


def _read(told: Mapping[str, Any]) -> ItemType:
    """A type as the function tells it; here its schema is all that there is of a model."""
    return ItemType(told["name"], told["schema"], told["version"], told["has_validators"])
