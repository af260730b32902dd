"""The subject of an invocation, by its source: the keys that its lines of the log get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cqrs.core import log_keys
from cqrs.core.json_text import from_json_or_text
from cqrs.core.log_keys import tenant_keys, work_keys
from cqrs.resources import Queue, StateMachine, Table

if TYPE_CHECKING:
    from cqrs.events.types import StepFunctionsEvent

Keys = dict[str, str]
Record = Mapping[str, Any]

OF_TABLE: Mapping[str, str] = {
    Table.COMMANDS: log_keys.COMMAND,
    Table.TASKS: log_keys.TASK,
    Table.IMPORT_TMP: log_keys.JOB,
}
OF_QUEUE: Mapping[str, str] = {
    Queue.TASK_ACTION: log_keys.TASK,
    Queue.IMPORT_ACTION: log_keys.JOB,
    Queue.NOTIFICATION: log_keys.ITEM,
}


def about_records(prefix: str, table: str) -> Callable[[Record], Keys]:
    """Tell what a record of a table's stream is about."""
    kind = OF_TABLE.get(table.removeprefix(prefix), log_keys.ITEM)

    def about(record: Record) -> Keys:
        keys = record.get("dynamodb", {}).get("Keys", {})
        return work_keys(kind, {name: _text(keys.get(name)) for name in ("pk", "sk")})

    return about


def about_messages(prefix: str, queue: str) -> Callable[[Record], Keys]:
    """Tell what a message of a queue is about; of an application's own queue, nobody knows."""
    kind = OF_QUEUE.get(queue.removeprefix(prefix))

    def about(message: Record) -> Keys:
        body = message.get("body")
        if kind is None or not isinstance(body, str):
            return {}
        return work_keys(kind, from_json_or_text(body))

    return about


def about_state(call: StepFunctionsEvent, machine: str) -> Keys:
    """Tell what a state is at work on.

    Parameters
    ----------
    machine
        Name of its state machine, without the environment's prefix.
    """
    context = call.context
    keys = {log_keys.EXECUTION: context.execution.name, log_keys.STATE: context.state.name}
    given = context.execution.input
    if machine in {StateMachine.COMMAND, StateMachine.EXPRESS_COMMAND}:
        return {**keys, **work_keys(log_keys.COMMAND, given)}
    if machine == StateMachine.TASK:
        return {**keys, **work_keys(log_keys.TASK, call.input)}
    if machine == StateMachine.IMPORT_CSV:
        return {**keys, **work_keys(log_keys.JOB, _job_of(call.input) or given)}
    from cqrs.core.execution_tenants import tenant_of_input  # noqa: PLC0415 - as cold starts count

    # It decides who may read the line over HTTP, as it does of the execution.
    return {**keys, **tenant_keys(tenant_of_input(given))}


def about_action(event: Record) -> Keys:
    """Tell what a direct invocation is about."""
    action, payload = event.get("action"), event.get("payload")
    keys = {log_keys.ACTION: action[: log_keys.SHOWN_LENGTH]} if isinstance(action, str) else {}
    if not isinstance(payload, dict):
        return keys
    named = work_keys(log_keys.ITEM, payload) or tenant_keys(payload.get("tenant"))
    return {**keys, **named}


def about_execution(detail: Any) -> Keys:
    """Tell which execution an event of EventBridge is about; of other events, nobody knows."""
    name = detail.get("name") if isinstance(detail, dict) else None
    return {log_keys.EXECUTION: name} if isinstance(name, str) else {}


def _job_of(batch: Any) -> Any:
    """The job that a batch of a Distributed Map belongs to."""
    given = batch.get("BatchInput") if isinstance(batch, dict) else None
    return given.get("Attributes") if isinstance(given, dict) else None


def _text(attribute: Any) -> Any:
    return attribute.get("S") if isinstance(attribute, Mapping) else None
