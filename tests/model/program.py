"""The real code as a function: from an invocation and its results so far to what it does next."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields
from itertools import count
from types import SimpleNamespace
from typing import Any

import cqrs.aws.item_store
import cqrs.commands.executions
import cqrs.commands.ordering
import cqrs.commands.repair
import cqrs.commands.service
import cqrs.storage.time_to_live
from cqrs.application import Application
from cqrs.commands.repair import Restart
from cqrs.core.backoff import back_off
from cqrs.core.clock import now_iso
from cqrs.core.keys import CommandKey
from cqrs.errors import ConditionFailed, VersionConflict
from cqrs.resources import StateMachine, Table
from cqrs.settings import Settings
from cqrs.states import Lane
from cqrs.testing.text import Text, thaw
from tests.model.invocations import Invocations
from tests.model.memory_store import MemoryStore, Observer, Tables
from tests.model.mistake import Wiring
from tests.model.stores import use_store
from tests.model.tape import RecordingHandler, StoreCall, condition_failed, done
from tests.model.transactions import TransactingClients, TransactingStore

PREFIX = "model-"
TENANT = "acme"
NOW = "2026-01-01T00:00:00.000Z"
RECORDER = "recorder"
STATE_MACHINES = "arn:aws:states:ap-northeast-1:123456789012:stateMachine:"
STATE_MACHINE_ARN = f"{STATE_MACHINES}{PREFIX}{StateMachine.COMMAND}"
EXPRESS_ARN = f"{STATE_MACHINES}{PREFIX}{StateMachine.EXPRESS_COMMAND}"

PUBLISHING = ("publish", "publish_sync", "publish_partial_update", "publish_partial_update_sync")


DOUBLED: tuple[Any, Any, Any, Any, Any, Any] = (
    cqrs.commands.service,
    cqrs.commands.ordering,
    cqrs.commands.repair,
    cqrs.storage.time_to_live,
    cqrs.aws.item_store,
    cqrs.commands.executions,
)
"""Modules that know chance or time."""


UNSET: dict[str, Any] = {
    field.name: {"int": 0, "bool": False}[str(field.type)]
    for field in fields(Settings)
    if field.type != "str"
}
"""Every setting that is not text, so that a new one need not be added here."""


def settings(*, ttl_days: int = 0, lane: Lane = Lane.STANDARD) -> Settings:
    """Settings whose tables are called by their base names."""
    tables: dict[str, Any] = {f"{table.value}_table": table.value for table in Table}
    return Settings(
        **tables,
        resource_prefix=PREFIX,
        bucket="files",
        function_name="main",
        command_state_machine_arn=STATE_MACHINE_ARN,
        task_state_machine_arn="task",
        import_csv_state_machine_arn="import",
        task_action_queue_url="task",
        notification_queue_url="notification",
        import_action_queue_url="import",
        express_command_state_machine_arn=EXPRESS_ARN,
        command_lane=lane.value,
        unknown_item_types="allow",
        **(UNSET | {"commands_ttl_days": ttl_days, "max_receive_count": 5}),
    )


class Program(Invocations):
    """Runs invocations of the application, and remembers how each went on.

    Parameters
    ----------
    ttl_days
        Days after which commands expire; 0 keeps them.
    wire
        Changes the services, as mutations do.
    lane
        The lane in which commands are started.
    remember
        Whether the same invocation with the same results is run only once.
    """

    def __init__(
        self,
        *,
        ttl_days: int = 0,
        wire: Wiring = lambda _: None,
        lane: Lane = Lane.STANDARD,
        remember: bool = True,
    ) -> None:
        super().__init__(remember=remember)
        clients = TransactingClients(self._tape)
        self._application = Application(settings(ttl_days=ttl_days, lane=lane), clients)
        self._application.sync_handler(RECORDER)(RecordingHandler(self._tape))
        self._services = self._application.services
        use_store(self._services, TransactingStore(clients))
        wire(self._services)
        self._warm_up()

    def _handle(self, event: dict[str, Any]) -> Any:
        if "publish" not in event:
            return self._application.handle(event)
        call = event["publish"]
        if call["method"] == "retry":
            return {"restarted": [str(restart.key) for restart in self._retry(**call["arguments"])]}
        return self._publish(**call)

    def _retry(self, **key: Any) -> list[Restart]:
        return self._services.repair.retry(CommandKey(**key))

    def _repeatable(self, event: Text) -> AbstractContextManager[None]:
        return _repeatable(event)

    def _publish(self, method: str, arguments: dict[str, Any], **_: str) -> dict[str, Any]:
        if method not in PUBLISHING:
            raise ValueError(method)
        try:
            result = getattr(self._services.commands, method)(**arguments)
        except VersionConflict as conflict:
            return {"error": type(conflict).__name__, "current": conflict.current}
        return {
            **result.key.to_mapping(),
            "changed": result.changed,
            "requestId": result.request_id,
        }

    def _warm_up(self) -> None:
        """Let the process know its tenant's settings, as all but a new process's first call do."""
        self._tape.rewind([done(None)])
        with _repeatable("warm-up"):
            self._services.time_to_live.expires_at(Table.COMMANDS, TENANT)


def apply(call: StoreCall, tables: Tables, observe: Observer) -> Text:
    """Do what a call of the item store asks for, and return its result."""
    if call.method == "query":
        table, pk, prefix, limit, start_after = call.arguments
        page = MemoryStore(tables).query(
            table, pk, sk_prefix=prefix, limit=limit, start_after=start_after
        )
        return done([page.items, page.last_key])
    try:
        result = getattr(MemoryStore(tables, observe), call.method)(*call.arguments)
    except ConditionFailed as error:
        return condition_failed(error)
    if isinstance(result, cqrs.aws.item_store.QueryPage):
        return done([result.items, result.last_key])
    return done(list(result.items()) if call.method == "get_many" else result)


@contextmanager
def _repeatable(event: Text) -> Iterator[None]:
    """Take chance and time away: the same event gives the same calls."""
    service, ordering, repair, time_to_live, item_store, executions = DOUBLED
    service.uuid = _identities(f"{_publish_id(event)}-")
    item_store.uuid = _identities(f"{_publish_id(event)}-transaction-")
    executions.uuid = _identities("")
    service.now_iso = ordering.now_iso = repair.now_iso = lambda: NOW
    service.back_off = item_store.back_off = lambda _attempt: None
    time_to_live.time = SimpleNamespace(time=lambda: 0.0, monotonic=lambda: 0.0)
    try:
        yield
    finally:
        service.uuid = item_store.uuid = executions.uuid = uuid
        service.now_iso = ordering.now_iso = repair.now_iso = now_iso
        service.back_off = item_store.back_off = back_off
        time_to_live.time = time


def _identities(prefix: str) -> SimpleNamespace:
    """Stands in for the module uuid."""
    numbers = count()
    return SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=f"{prefix}{next(numbers)}"))


def _publish_id(event: Text) -> str:
    """Name of the publish call that an event is."""
    call = thaw(event).get("publish") if event.startswith("{") else None
    return call["id"] if call else "none"
