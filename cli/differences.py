"""The difference between two JSON values, change by change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Operation(StrEnum):
    """The operations of a JSON Patch that a difference takes (RFC 6902, section 4)."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes
    ----------
    operation, path
        The operation, and the place as a JSON Pointer (RFC 6901).
    old, new
        The values before and after; None if there is none.
    """

    operation: Operation
    path: str
    old: Any = None
    new: Any = None

    def to_mapping(self) -> dict[str, Any]:
        """The change as an operation of a JSON Patch, with the old value beside it.

        Who applies a patch ignores what it does not define (RFC 6902, section 4).
        """
        value = {} if self.operation is Operation.REMOVE else {"value": self.new}
        old = {} if self.operation is Operation.ADD else {"old": self.old}
        return {"op": self.operation.value, "path": self.path, **value, **old}


def differences(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Give the changes that make one JSON value of another, in an order to apply them in.

    Members of objects are compared by name, those of arrays by place.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_objects(old, new, path)
    elif _is_array(old) and _is_array(new):
        yield from _of_arrays(old, new, path)
    elif not _is_same(old, new):
        yield Change(Operation.REPLACE, path, old, new)


def _of_objects(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        place = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in new:
            yield Change(Operation.REMOVE, place, old=old[name])
        elif name not in old:
            yield Change(Operation.ADD, place, new=new[name])
        else:
            yield from differences(old[name], new[name], place)


def _of_arrays(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[Change]:
    both = min(len(old), len(new))
    for index in range(both):
        yield from differences(old[index], new[index], f"{path}/{index}")
    for index in range(both, len(new)):
        yield Change(Operation.ADD, f"{path}/{index}", new=new[index])
    # From the end, as each removal moves those behind it.
    for index in reversed(range(both, len(old))):
        yield Change(Operation.REMOVE, f"{path}/{index}", old=old[index])


def _is_array(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_same(old: Any, new: Any) -> bool:
    """Whether two values are one in JSON, in which true is not 1."""
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)
