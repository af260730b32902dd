"""Remove what a run has made, and prove it by a search of every table and of the bucket.

Everything of a run belongs to tenants whose names begin with its mark. Items have the tenant in
their key. Objects have it in theirs, or the id or the digest of an item of the tenant. Others are
the results of a Map Run that one of the tenant's imports started.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from cqrs.aws.step_functions import execution_arn
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import ULID
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import CSV_IMPORT, ImportKey
from cqrs.resources import StateMachine
from cqrs.storage.large_values import KEY_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cqrs.aws.clients import Clients
    from stacks.environment.model import Environment

LONGEST_SECONDS = 600.0
QUIET_SECONDS = 5.0
"""How long nothing more may appear before all is taken to be there: ends are told by events."""

WRITE_BATCH = 25
DELETE_BATCH = 1000
PARTS = 2


@dataclass
class Found:
    """The result of a search for a run.

    Attributes
    ----------
    items
        Keys of items, by their tables.
    objects
        Keys of objects in the bucket, and their versions.
    """

    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    objects: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Items and versions of objects."""
        return sum(map(len, self.items.values())) + len(self.objects)

    def __str__(self) -> str:
        places = {table: len(keys) for table, keys in self.items.items() if keys}
        if self.objects:
            places["the bucket"] = len(self.objects)
        return ", ".join(f"{count} in {place}" for place, count in places.items()) or "nothing"


class Cleaner:
    """Removes what the tenants of a run have left.

    Parameters
    ----------
    environment
        The environment.
    clients
        Its clients, whose caller may delete items and objects.
    tables
        Names of all tables.
    bucket
        Name of the bucket.
    mark
        The mark of the run.
    """

    def __init__(
        self,
        environment: Environment,
        clients: Clients,
        tables: tuple[str, ...],
        bucket: str,
        mark: str,
    ) -> None:
        self._environment = environment
        self._clients = clients
        self._tables = tables
        self._bucket = bucket
        self._mark = mark
        self._words = {mark}
        self._jobs: set[ImportKey] = set()

    def clean(self) -> tuple[int, Found]:
        """Stop what runs, and remove all until nothing more appears.

        Returns
        -------
        tuple
            How many items and objects were removed, and what a last search found all the same.
        """
        if self.stop_executions():
            sleep(QUIET_SECONDS)
        deadline = monotonic() + LONGEST_SECONDS
        removed, is_quiet = 0, False
        while True:
            found = self.search()
            if found.total == 0 and is_quiet:
                return removed, found
            if monotonic() > deadline:
                return removed, found
            is_quiet = found.total == 0
            self._remove(found)
            removed += found.total
            if is_quiet:
                sleep(QUIET_SECONDS)

    def search(self) -> Found:
        """Look through every table, and through the bucket."""
        found = Found()
        for table in self._tables:
            items = list(self._items(table))
            found.items[table] = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
            for item in items:
                self._learn(item)
        found.objects = [
            (key, version)
            for key, version in self._versions()
            if any(word in key for word in self._words)
        ]
        return found

    def stop_executions(self) -> int:
        """Stop every running execution whose input names a tenant of the run; how many."""
        stopped = 0
        for machine in (*StateMachine, *self._environment.workflows):
            arn = self._environment.state_machine_arn(machine)
            for execution in self._running(arn):
                described = self._clients.step_functions.describe_execution(executionArn=execution)
                if self._mark in described.get("input", ""):
                    self._clients.step_functions.stop_execution(
                        executionArn=execution, error="Verified", cause="The run is over."
                    )
                    stopped += 1
        return stopped

    def _running(self, machine: str) -> Iterator[str]:
        pages = self._clients.step_functions.get_paginator("list_executions").paginate(
            stateMachineArn=machine, statusFilter="RUNNING"
        )
        return (one["executionArn"] for page in pages for one in page["executions"])

    def _items(self, table: str) -> Iterator[Mapping[str, Any]]:
        pages = self._clients.dynamodb.get_paginator("scan").paginate(
            TableName=table,
            FilterExpression="contains(pk, :mark)",
            ExpressionAttributeValues={":mark": {"S": self._mark}},
            ConsistentRead=True,
        )
        return (item for page in pages for item in page["Items"])

    def _learn(self, item: Mapping[str, Any]) -> None:
        """Note by which words the keys of an item's objects are known again."""
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        self._words.add(hashlib.sha256(f"{pk} {sk}".encode(errors="surrogatepass")).hexdigest())
        for name, value in item.items():
            if name.endswith(KEY_SUFFIX) and "/" in value.get("S", ""):
                self._words.add(value["S"])
        parts = sk.split(KEY_SEPARATOR)
        if len(parts) < PARTS or not ULID.fullmatch(parts[1]):
            return
        self._words.add(parts[1])
        job = ImportKey(pk, KEY_SEPARATOR.join(parts[:PARTS]))
        if pk.startswith(CSV_IMPORT) and job not in self._jobs:
            self._jobs.add(job)
            self._words |= self._results_of(job)

    def _results_of(self, job: ImportKey) -> set[str]:
        """Ids of an import's Map Runs, by which the folders of their results are named."""
        machine = self._environment.state_machine_arn(StateMachine.IMPORT_CSV)
        execution = execution_arn(machine, import_execution_name(job))
        client = self._clients.step_functions
        try:
            runs = client.list_map_runs(executionArn=execution)["mapRuns"]
        except client.exceptions.ExecutionDoesNotExist:
            return set()  # in the mode DIRECT
        return {run["mapRunArn"].rpartition(":")[2] for run in runs}

    def _versions(self) -> Iterator[tuple[str, str]]:
        pages = self._clients.s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket)
        for page in pages:
            for kind in ("Versions", "DeleteMarkers"):
                for entry in page.get(kind, ()):
                    yield entry["Key"], entry["VersionId"]

    def _remove(self, found: Found) -> None:
        for table, keys in found.items.items():
            for start in range(0, len(keys), WRITE_BATCH):
                self._delete_items(table, keys[start : start + WRITE_BATCH])
        for start in range(0, len(found.objects), DELETE_BATCH):
            objects = [
                {"Key": key, "VersionId": version}
                for key, version in found.objects[start : start + DELETE_BATCH]
            ]
            self._clients.s3.delete_objects(
                Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True}
            )

    def _delete_items(self, table: str, keys: list[dict[str, Any]]) -> None:
        """Delete items; those that DynamoDB leaves over are found by the next search."""
        requests = [{"DeleteRequest": {"Key": key}} for key in keys]
        self._clients.dynamodb.batch_write_item(RequestItems={table: requests})
