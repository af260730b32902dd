"""The real code of tasks as a function: from an invocation and its results to what it does next."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import ulid

import cqrs.aws.step_functions
import cqrs.storage.large_values
import cqrs.storage.time_to_live
import cqrs.tasks.executions
import cqrs.tasks.records
from cqrs.application import Application
from cqrs.core.clock import now_iso
from cqrs.core.execution_names import execution_name
from cqrs.errors import ValidationError
from cqrs.resources import Queue, StateMachine, Table
from cqrs.tasks.keys import SINGLE, STEP_FUNCTION, TaskKey
from cqrs.testing.text import Text, thaw
from tests.model.invocations import Invocations
from tests.model.mistake import Wiring
from tests.model.program import NOW, PREFIX, TENANT, settings
from tests.model.stores import use_store
from tests.model.tape import done
from tests.model.tasks.tape import TapedHandler, TaskClients, TaskStore

TASK_TYPE = "work"
TASKS = Table.TASKS.value
TASK_MACHINE = f"{PREFIX}{StateMachine.TASK}"
TASK_MACHINE_ARN = f"arn:aws:states:ap-northeast-1:123456789012:stateMachine:{TASK_MACHINE}"
TASK_QUEUE = f"{PREFIX}{Queue.TASK_ACTION}"

MOST_RECEIVES = 3
"""Enough for a first try, one between and a last one."""

VALUE_BYTES = 40
"""The part of a value that an item holds here; larger ones lie in the bucket."""

REAL = SimpleNamespace(value_bytes=cqrs.tasks.records.VALUE_BYTES, ulid=ulid.ULID)

DOUBLED: tuple[Any, Any, Any, Any, Any, Any] = (
    cqrs.tasks.records,
    cqrs.tasks.executions,
    cqrs.storage.large_values,
    cqrs.aws.step_functions,
    cqrs.storage.time_to_live,
    ulid,
)
"""Modules that know chance or time, or what is hard to read."""


class TaskProgram(Invocations):
    """Runs invocations of the application, and remembers how each went on.

    Parameters
    ----------
    wire
        Changes the services, as mutations do.
    """

    def __init__(self, *, wire: Wiring = lambda _: None) -> None:
        super().__init__()
        told = replace(
            settings(), task_state_machine_arn=TASK_MACHINE_ARN, max_receive_count=MOST_RECEIVES
        )
        self._application = Application(told, TaskClients(self._tape))
        self._application.task(TASK_TYPE)(TapedHandler(self._tape))
        self._services = self._application.services
        use_store(self._services, TaskStore(self._tape))
        wire(self._services)
        self._warm_up()

    def _handle(self, event: dict[str, Any]) -> Any:
        match event:
            case {"create": {"items": [*items]}}:
                self._services.tasks.create_step_function_task(TASK_TYPE, items, TENANT)
            case {"create": {"input": given}}:
                self._services.tasks.create_task(TASK_TYPE, given, TENANT)
            case {"cancel": {"pk": pk, "sk": sk}}:
                return self._services.task_canceller.cancel(TaskKey(pk, sk), "Somebody did.")
            case {"retry": {"pk": pk, "sk": sk}}:
                with suppress(ValidationError):  # it is over, and has not failed
                    self._services.tasks.retry(TaskKey(pk, sk))
            case _:
                return self._application.handle(event)
        return None

    def _repeatable(self, event: Text) -> AbstractContextManager[None]:
        return _repeatable(event)

    def _warm_up(self) -> None:
        """Let the process know its tenant's settings, as all but a new process's first call do."""
        self._tape.rewind([done(None)])
        with _repeatable("{}"):
            self._services.time_to_live.expires_at(Table.TASKS, TENANT)


def task_key(number: int, *, is_single: bool) -> TaskKey:
    """Key of the so-manieth task that is made."""
    pk = f"{SINGLE if is_single else STEP_FUNCTION}#{TENANT}"
    return TaskKey(pk, f"{TASK_TYPE}#{number:026}")


def execution_of(key: TaskKey, attempt: int) -> str:
    """Name of the execution that runs a task's sub-tasks in an attempt."""
    again = f"-again-{attempt}" if attempt else ""
    return f"execution-{int(key.ulid)}{again}"


def _short_name(_label: str, pk: str, sk: str, attempt: str = "0") -> str:
    return execution_of(TaskKey(pk, sk), int(attempt))


@contextmanager
def _repeatable(event: Text) -> Iterator[None]:
    """Take chance and time away: the same event gives the same calls."""
    numbers, origin = count(), crc32(event.encode())

    def identity() -> SimpleNamespace:
        return SimpleNamespace(hex=f"{origin:08x}{next(numbers)}")

    records, executions, large_values, step_functions, time_to_live, ulids = DOUBLED
    records.now_iso = lambda: NOW
    records.VALUE_BYTES = VALUE_BYTES
    executions.execution_name = _short_name
    large_values.uuid = SimpleNamespace(uuid4=identity)
    step_functions.time = SimpleNamespace(sleep=lambda _seconds: None)
    time_to_live.time = SimpleNamespace(time=lambda: 0.0, monotonic=lambda: 0.0)
    ulids.ULID = lambda: f"{thaw(event)['create']['number']:026}"
    try:
        yield
    finally:
        records.now_iso = now_iso
        records.VALUE_BYTES = REAL.value_bytes
        executions.execution_name = execution_name
        large_values.uuid = uuid
        step_functions.time = time_to_live.time = time
        ulids.ULID = REAL.ulid
