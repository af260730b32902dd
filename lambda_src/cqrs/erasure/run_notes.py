"""Notes of runs of read models that name a subject: examples of what was odd, and places.

A segment's examples begin with the keys of items, and go on with what a projection has said of
them. Its place in a table is the key behind which it goes on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Condition, Update
from cqrs.core.keys import KEY_SEPARATOR, tenant_code
from cqrs.erasure.subjects import ItemSubject
from cqrs.read_models.runs import PARTITION
from cqrs.read_models.tally import LONGEST_EXAMPLE

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item
    from cqrs.erasure.subjects import Subject

CURSOR, EXAMPLES = "cursor", "examples"


def is_of_run(item: Item) -> bool:
    """Whether an item of the table of read models is a run, or a segment of one."""
    return str(item["pk"]).startswith(PARTITION)


def without_subject(table: str, segment: Item, subject: Subject) -> Update | None:
    """The change that takes a subject out of a segment's notes; None if they do not name it.

    A segment that has lost its place begins at the first page, which does it no harm.
    """
    seen: Item = {}
    assign: Item = {}
    remove: list[str] = []
    examples = segment.get(EXAMPLES) or []
    left = [told for told in examples if not _is_about(str(told), subject)]
    if len(left) < len(examples):
        seen[EXAMPLES] = examples
        if left:
            assign[EXAMPLES] = left
        else:
            remove.append(EXAMPLES)
    cursor = segment.get(CURSOR)
    if isinstance(cursor, dict) and _is_place_of(cursor, subject):
        seen[CURSOR] = cursor
        remove.append(CURSOR)
    if not seen:
        return None
    same = " AND ".join(f"#{name} = :seen_{name}" for name in seen)
    unchanged = Condition(same, {f"seen_{name}": value for name, value in seen.items()})
    return Update(
        table, segment["pk"], segment["sk"], assign=assign, remove=remove, condition=unchanged
    )


def _is_about(told: str, subject: Subject) -> bool:
    if not isinstance(subject, ItemSubject):
        return f"{KEY_SEPARATOR}{subject.tenant} " in told
    name = str(subject.key)
    if len(name) >= LONGEST_EXAMPLE:
        return name.startswith(told)  # the end of the key was cut off
    return re.search(rf"(?<!\S){re.escape(name)}(?!\w)", told) is not None


def _is_place_of(cursor: Item, subject: Subject) -> bool:
    pk, sk = str(cursor.get("pk", "")), str(cursor.get("sk", ""))
    if isinstance(subject, ItemSubject):
        return sk == subject.key.sk and tenant_code(pk) == subject.tenant
    return subject.owns(pk, sk)
