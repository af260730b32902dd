"""Map Runs of the Step Functions in memory: the children of a Distributed Map, and their end."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from cqrs.testing.asl.distributed_map import (
    EXCEEDED,
    EXCEEDED_CAUSE,
    UNREADABLE,
    Child,
    inputs_of,
    is_tolerated,
    items_of,
    place_of_file,
    results_of,
    rows_of,
)
from cqrs.testing.asl.language import StatesError, selected
from cqrs.testing.asl.state_machine import RunMap
from cqrs.testing.aws.runs import ABORTED, FAILED, RUNNING, SUCCEEDED, TIMED_OUT, Run
from cqrs.testing.aws.s3 import Objects
from cqrs.testing.clock import Clock

ALL_AT_ONCE = 10_000
"""Children that run at a time if the map does not say (Step Functions guide, "Service quotas")."""


class Services(Protocol):
    """The Step Functions that a Map Run belongs to."""

    clock: Clock
    objects: Objects

    def next_number(self) -> int:
        """A number that nothing else has."""

    def tell(self, run: Run, kind: str, details: Mapping[str, Any]) -> None:
        """Note an event of an execution's history."""

    def begin_child(self, parent: Run, of: MapRun, given: Any) -> Run:
        """Make the execution of an item of a map."""

    def begin(self, run: Run) -> None:
        """Enter its first state."""

    def end(self, run: Run, status: str) -> None:
        """Let it be over."""

    def map_ended(self, run: Run, begun: RunMap, result: Any) -> None:
        """A map of an execution has succeeded."""

    def map_failed(self, run: Run, begun: RunMap, error: str, cause: str) -> None:
        """A map of an execution has failed."""


class MapRun:
    """The children of a Distributed Map.

    Parameters
    ----------
    services
        The Step Functions that it belongs to.
    parent
        The execution that the map is in.
    begun
        The map.
    """

    def __init__(self, services: Services, parent: Run, begun: RunMap) -> None:
        self._services = services
        self._parent = parent
        self._begun = begun
        self.state = begun.state
        self.label = str(self.state.get("Label") or begun.context["State"]["Name"])
        self.id = str(uuid.UUID(int=services.next_number()))
        base = parent.arn.rpartition(":")[0].replace(":execution:", ":mapRun:")
        self.arn = f"{base}/{self.label}:{self.id}"
        self.status = RUNNING
        self.began = services.clock.moment()
        self.children: list[Run] = []
        self.items = 0
        self._sizes: dict[str, int] = {}
        self._waiting: Iterator[tuple[Any, int]] = iter(())

    def begin(self) -> None:
        """Read the items, and begin the first children."""
        begun = self._begun
        self._services.tell(self._parent, "MapRunStarted", {"mapRunArn": self.arn})
        try:
            items = items_of(self.state, begun.input, begun.context, self._values())
            self._waiting = inputs_of(self.state, begun.input, begun.context, items)
        except StatesError as error:
            self._fail(error.error, error.cause)
            return
        except (ClientError, ValueError) as error:
            self._fail(UNREADABLE, str(error))
            return
        self.items = len(items)
        self._go_on()

    def _values(self) -> list[Any]:
        begun = self._begun
        if "ItemReader" in self.state:
            place = place_of_file(self.state, begun.input, begun.context)
            answer = self._services.objects.get_object(**place)
            return list(rows_of(answer["Body"].read()))
        return list(selected(self.state.get("ItemsPath", "$"), begun.input))

    def _go_on(self) -> None:
        most = self.state.get("MaxConcurrency") or ALL_AT_ONCE
        while self.status == RUNNING and self._running < most:
            following = next(self._waiting, None)
            if following is None:
                break
            self._begin_child(*following)
        if self.status == RUNNING and not self._running:
            self._end()

    @property
    def _running(self) -> int:
        return sum(child.status == RUNNING for child in self.children)

    def _begin_child(self, given: Any, items: int) -> None:
        child = self._services.begin_child(self._parent, self, given)
        self.children.append(child)
        self._sizes[child.arn] = items
        child.ended = self._child_ended
        self._services.begin(child)

    def _child_ended(self, child: Run) -> None:
        if self.status != RUNNING:
            return
        if child.status != SUCCEEDED and not is_tolerated(
            self.state, self.counts()["failed"], self.items
        ):
            self._fail(EXCEEDED, EXCEEDED_CAUSE)
            return
        self._go_on()

    def _end(self) -> None:
        self.status = SUCCEEDED
        self._services.tell(self._parent, "MapRunSucceeded", {})
        self._services.map_ended(self._parent, self._begun, self._result())

    def _result(self) -> Any:
        if "ResultWriter" not in self.state:
            return [child.output for child in self.children]
        where = self.state["ResultWriter"]["Parameters"]
        folder = f"{where['Prefix']}/{self.id}"
        over = [
            Child(
                child.arn,
                child.name,
                child.status,
                child.given,
                child.output,
                child.error,
                child.cause,
            )
            for child in self.children
        ]
        manifest, documents = results_of(where, folder, self.arn, over)
        for key, document in documents.items():
            body = json.dumps(document).encode()
            self._services.objects.put_object(Bucket=where["Bucket"], Key=key, Body=body)
        details = {"Bucket": where["Bucket"], "Key": manifest}
        return {"MapRunArn": self.arn, "ResultWriterDetails": details}

    def _fail(self, error: str, cause: str) -> None:
        self.status = FAILED
        self._stop_children()
        self._services.tell(self._parent, "MapRunFailed", {"error": error, "cause": cause})
        self._services.map_failed(self._parent, self._begun, error, cause)

    def stop(self) -> None:
        """End with the execution."""
        if self.status == RUNNING:
            self.status = ABORTED
            self._stop_children()

    def _stop_children(self) -> None:
        for child in self.children:
            if child.status == RUNNING:
                self._services.end(child, ABORTED)

    def counts(self) -> dict[str, int]:
        """Counts of items, as DescribeMapRun has them."""
        return {"total": self.items, **self._ended(self._sizes)}

    def execution_counts(self) -> dict[str, int]:
        """Counts of children, likewise."""
        ones = dict.fromkeys(self._sizes, 1)
        return {"total": len(self.children), **self._ended(ones)}

    def _ended(self, sizes: dict[str, int]) -> dict[str, int]:
        def count(*statuses: str) -> int:
            return sum(sizes[child.arn] for child in self.children if child.status in statuses)

        return {"succeeded": count(SUCCEEDED), "failed": count(FAILED, TIMED_OUT)}

    @property
    def most(self) -> int:
        """Children that may run at a time."""
        return int(self.state.get("MaxConcurrency", 0))
