"""The floor under an import: its items, written with BatchWriteItem and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from tests.integration.deployed import Deployed

BATCH = 25
"""Items of one BatchWriteItem (DynamoDB API reference)."""

TABLE = "bare-loop"


class BareLoop:
    """Writes what an import has stored into a table without streams or indexes.

    Parameters
    ----------
    deployed
        The outputs of the stack, with the items and that table.
    """

    def __init__(self, deployed: Deployed) -> None:
        self._dynamodb = deployed.services.clients.dynamodb
        self._source = deployed.services.settings.data_table
        self._dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )

    def seconds(self, pk: str, items: int) -> float:
        """Write a partition's items, one request after the other; how long the requests took."""
        stored, seconds, written = self._stored(pk), 0.0, 0
        while batch := list(islice(stored, BATCH)):
            started = time.perf_counter()
            self._write(batch)
            seconds += time.perf_counter() - started
            written += len(batch)
        if written != items:
            raise RuntimeError(f"{pk} has {written} items; it should have {items}.")
        return seconds

    def _write(self, batch: list[dict[str, Any]]) -> None:
        puts = [{"PutRequest": {"Item": item}} for item in batch]
        answer = self._dynamodb.batch_write_item(RequestItems={TABLE: puts})
        if answer["UnprocessedItems"]:
            raise RuntimeError("The emulator left items of a BatchWriteItem unwritten.")

    def _stored(self, pk: str) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._source,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )
        return (item for page in pages for item in page["Items"])
