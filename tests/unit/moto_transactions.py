"""moto's transactions without its copies: it copies the whole table once for each item.

A transaction of a hundred items so takes a hundred copies of a table (moto 5.2.5,
``DynamoDBBackend.transact_write_items``). One is enough, as nothing changes between them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.dynamodb import models
from moto.dynamodb.models.table import Table


@contextmanager
def one_copy_each() -> Iterator[None]:
    """Let a transaction copy each of its tables once."""
    copies: dict[int, Table] = {}
    deep_copy, write = copy.deepcopy, models.DynamoDBBackend.transact_write_items

    def copied(value: Any) -> Any:
        if not isinstance(value, Table):
            return deep_copy(value)
        if id(value) not in copies:
            copies[id(value)] = deep_copy(value)
        return copies[id(value)]

    def written(backend: models.DynamoDBBackend, items: list[dict[str, Any]]) -> None:
        copies.clear()
        write(backend, items)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "copy", _Copying(copied))
        patch.setattr(models.DynamoDBBackend, "transact_write_items", written)
        yield


class _Copying:
    """The module ``copy`` as moto's backend uses it."""

    def __init__(self, deepcopy: Any) -> None:
        self.deepcopy = deepcopy
