"""The requests of an import, prepared by the runtime without sending any of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cqrs import Application
from cqrs.aws.clients import Clients
from cqrs.settings import Settings
from tests.integration.importing.flights import FlightStrategy

Request = tuple[str, dict[str, Any]]
"""A method of the SDK's client of DynamoDB, and its parameters."""


class _Recorder:
    """Stands in for a client of DynamoDB: answers as if there was no item, and all was written."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def get_item(self, **parameters: Any) -> dict[str, Any]:
        self.requests.append(("get_item", parameters))
        return {}

    def batch_get_item(self, **parameters: Any) -> dict[str, Any]:
        self.requests.append(("batch_get_item", parameters))
        return {"Responses": {}}

    def transact_write_items(self, **parameters: Any) -> dict[str, Any]:
        self.requests.append(("transact_write_items", parameters))
        return {}


class _RecordingClients(Clients):
    def __init__(self) -> None:
        super().__init__()
        self.recorder = _Recorder()

    @property
    def dynamodb(self) -> Any:
        return self.recorder


def requests_of(settings: Settings, events: Iterable[dict[str, Any]]) -> list[Request]:
    """The requests of one process of the function to which batches of new flights come."""
    clients = _RecordingClients()
    application = Application(settings, clients)
    application.import_strategy("flights")(FlightStrategy)
    for event in events:
        application.handle(event)
    return clients.recorder.requests
