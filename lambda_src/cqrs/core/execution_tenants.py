"""The tenant of an execution, as its input tells."""

from __future__ import annotations

from typing import Any

from cqrs.core.keys import tenant_code

TENANT, PARTITION_KEY = "tenant", "pk"


def tenant_of_input(given: Any) -> str | None:
    """The tenant of an execution that was started with an input; None if that tells none.

    An input of the project's own machines is a key, or a list of keys of one task. Of a custom
    workflow it is an object with the member ``tenant``, or with ``pk``.
    """
    first = given[0] if isinstance(given, list) and given else given
    if not isinstance(first, dict):
        return None
    if isinstance(tenant := first.get(TENANT), str):
        return tenant or None
    pk = first.get(PARTITION_KEY)
    return (tenant_code(pk) or None) if isinstance(pk, str) else None
