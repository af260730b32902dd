"""Work of a tenant that names one of its items, as far as the work's own entries show it.

Inputs of tasks, rows of imports and subjects of approvals are texts of their own. An item's erasure
cannot know which part of them is about it, so a person has to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.item_sweep import ItemSweep
from cqrs.core.json_text import to_json
from cqrs.erasure.subjects import TenantSubject
from cqrs.resources import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.core.attribute_values import Item
    from cqrs.erasure.subjects import ItemSubject
    from cqrs.services import Services

TABLES = (Table.TASKS, Table.IMPORT_TMP, Table.APPROVALS)


def mentions_of(services: Services, subject: ItemSubject) -> Iterator[str]:
    """Entries of the item's tenant with the sort key of the item in them (a Scan for each MB).

    Parts that lie in the bucket for their size are not looked through.
    """
    tenant, sk = TenantSubject(subject.tenant), subject.key.sk
    for table in TABLES:
        pages = ItemSweep(services.clients).pages(services.settings.table(table), tenant.wanted)
        for page in pages:
            for item in page.items:
                if tenant.owns(item["pk"], item["sk"]) and sk in _content(item):
                    yield f"{table} {item['pk']} {item['sk']}"


def _content(item: Item) -> str:
    return to_json({name: value for name, value in item.items() if name != "pk"})
