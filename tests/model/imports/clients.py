"""The seam under the real code, for what imports ask of AWS besides commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

from cqrs.aws.clients import Clients
from cqrs.aws.item_store import Action, Put, QueryPage
from cqrs.core.attribute_values import Item
from cqrs.errors import Throttled
from cqrs.imports.models import ImportKind
from cqrs.testing.text import Text, freeze
from tests.model.tape import Tape, TapedStore


@dataclass(frozen=True, slots=True, eq=False)
class ServiceCall:
    """A call of a service other than DynamoDB."""

    service: str
    operation: str
    request: Text


class _Body(BytesIO):
    """The body that S3 sends."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while piece := self.read(size):
            yield piece


class TapedService:
    """Stands in for the client of a service."""

    def __init__(self, tape: Tape, name: str) -> None:
        self._tape = tape
        self._name = name

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return partial(self._ask, operation)

    def _ask(self, operation: str, **request: Any) -> Any:
        given = {name: _plain(value) for name, value in request.items()}
        answer = self._tape.perform(ServiceCall(self._name, operation, freeze(given)))
        if operation == "get_object":
            return {**answer, "Body": _Body(answer["Body"].encode())}
        return answer


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


class ImportClients(Clients):
    """Clients of the services that imports call."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self._services = {name: TapedService(tape, name) for name in ("s3", "sqs", "states")}

    @property
    def s3(self) -> Any:
        return self._services["s3"]

    @property
    def sqs(self) -> Any:
        return self._services["sqs"]

    @property
    def step_functions(self) -> Any:
        return self._services["states"]


class ImportStore(TapedStore):
    """Stands in for ItemStore.

    DynamoDB reads what a Query finds one item after the other (DynamoDB guide, "Isolation levels"),
    and other writes may come in between.

    Parameters
    ----------
    tape
        Gives the results.
    is_torn
        Whether each item of a query is read by a call of its own.
    actions
        How many actions a transaction takes at most.

    Attributes
    ----------
    chunks
        Chunks that the invocation at hand has published.
    """

    def __init__(self, tape: Tape, *, is_torn: bool, actions: int) -> None:
        super().__init__(tape)
        self._is_torn = is_torn
        self._actions = actions
        self.chunks = 0

    def write_together(self, actions: Sequence[Action], **attempts: int) -> None:
        assert len(actions) <= self._actions, "a transaction has too many actions"
        super().write_together(actions, **attempts)
        self.chunks += any(map(_is_chunk, actions))

    def query(self, *place: Any, **how: Any) -> QueryPage:
        table, pk = place
        start_after, limit = how.get("start_after"), how["limit"]
        most = 1 if self._is_torn else limit
        items: list[Item] = []
        while True:
            found, start_after = self._call(
                "query", table, pk, how.get("sk_prefix", ""), most, start_after
            )
            items += found
            if start_after is None or len(items) == limit:
                return QueryPage(items, start_after)

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return super()._call(method, *arguments)
        except ClientError as error:
            raise Throttled(str(error)) from error


def _is_chunk(action: Action) -> bool:
    return isinstance(action, Put) and action.item.get("kind") == ImportKind.CHUNK
