"""The seam under the real code: it asks for effects, and gets what they gave before.

An invocation of the function is determined by its event and by the results of the calls that it
makes. So it need not be held in the middle. It runs again from its beginning, over the results that
it has got so far, until it makes a call that has none yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from cqrs.aws.clients import Clients
from cqrs.aws.item_store import Action, Address, Put, QueryPage, Update
from cqrs.commands.models import Command
from cqrs.core.attribute_values import Item
from cqrs.errors import ConditionFailed
from cqrs.testing.text import Text, freeze, thaw


@dataclass(frozen=True, slots=True, eq=False)
class StoreCall:
    """A call of the item store."""

    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StartExecution:
    """A call of StartExecution."""

    machine: str
    name: str
    input: Text


@dataclass(frozen=True, slots=True, eq=False)
class DescribeExecution:
    """A call of DescribeExecution."""

    arn: str


@dataclass(frozen=True, slots=True, eq=False)
class SendTask:
    """A call of SendTaskSuccess, or, with an error, of SendTaskFailure."""

    token: str
    output: Text = ""
    error: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A command that reaches the recording sync handler."""

    pk: str
    sk: str
    version: int
    attributes: Text


Call = StoreCall | StartExecution | DescribeExecution | SendTask | Sight


class HandlerError(Exception):
    """The error of a sync handler that is to raise."""


class Suspended(KeyboardInterrupt):  # passes all code, as a person who ends the process does
    """The invocation makes a call that has no result yet."""

    def __init__(self, call: Any) -> None:
        super().__init__()
        self.call = call


class Tape:
    """Hands out recorded results, one a call."""

    def __init__(self) -> None:
        self._results: Sequence[Text] = ()
        self._position = 0

    def rewind(self, results: Sequence[Text]) -> None:
        """Start a new run of an invocation."""
        self._results, self._position = results, 0

    def perform(self, call: Any) -> Any:
        """The result of the next call.

        Raises
        ------
        Suspended
            If there is none yet.
        """
        if self._position == len(self._results):
            raise Suspended(call)
        kind, value = thaw(self._results[self._position])
        self._position += 1
        if kind == "done":
            return value
        return _raise(kind, value)


def done(value: Any) -> Text:
    """Result of a call that did what it should."""
    return freeze(["done", value])


def condition_failed(error: ConditionFailed) -> Text:
    """Result of a write that was refused."""
    return freeze(["condition", list(error.failed)])


def refused(code: str) -> Text:
    """Result of a call that AWS refused."""
    return freeze(["refused", code])


HANDLER_FAILED = freeze(["handler", "told to fail"])


def _raise(kind: str, value: Any) -> NoReturn:
    if kind == "condition":
        raise ConditionFailed("The conditional request failed", tuple(value))
    if kind == "handler":
        raise HandlerError(value)
    raise ClientError({"Error": {"Code": value, "Message": value}}, "Call")


class TapedStore:
    """Stands in for ItemStore."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def get(self, *arguments: str) -> Item | None:
        found: Item | None = self._call("get", *arguments)
        return found

    def get_many(self, addresses: Sequence[Address]) -> dict[Address, Item]:
        found = self._call("get_many", tuple(addresses))
        return {(table, pk, sk): item for (table, pk, sk), item in found}

    def get_together(self, addresses: Sequence[Address]) -> list[Item | None]:
        found: list[Item | None] = self._call("get_together", tuple(addresses))
        return found

    def put(self, action: Put) -> None:
        self._call("put", action)

    def update(self, action: Update) -> Item:
        item: Item = self._call("update", action)
        return item

    def write_together(self, actions: Sequence[Action], **_attempts: int) -> None:
        self._call("write_together", tuple(actions))

    def query(self, *_arguments: Any, **_named: Any) -> QueryPage:
        raise NotImplementedError("No step of the ordering protocol queries.")

    def _call(self, method: str, *arguments: Any) -> Any:
        return self._tape.perform(StoreCall(method, arguments))


class TapedStepFunctions:
    """Stands in for the Step Functions client."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def start_execution(self, **request: str) -> None:
        self._tape.perform(
            StartExecution(request["stateMachineArn"], request["name"], request["input"])
        )

    def describe_execution(self, **request: str) -> Any:
        return self._tape.perform(DescribeExecution(request["executionArn"]))

    def send_task_success(self, **request: str) -> None:
        self._tape.perform(SendTask(request["taskToken"], output=request["output"]))

    def send_task_failure(self, **request: str) -> None:
        self._tape.perform(
            SendTask(request["taskToken"], error=request["error"], cause=request["cause"])
        )


class TapedClients(Clients):
    """Clients of which only that of Step Functions is asked for."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self._step_functions = TapedStepFunctions(tape)

    @property
    def step_functions(self) -> Any:
        return self._step_functions


class RecordingHandler:
    """A sync handler whose only effect is that it was called."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def __call__(self, command: Command) -> None:
        attributes = freeze(command.attributes)
        self._tape.perform(Sight(command.pk, command.sk, command.version, attributes))
