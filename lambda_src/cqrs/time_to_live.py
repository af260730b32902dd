"""When items expire: days per table from the settings, and per tenant where it says otherwise.

A tenant's own days are the attributes of one data item, ``SETTINGS#<tenant>`` ``TTL``, as in
``{"commands": 30, "history": 365}``; 0 keeps items for ever. It is an ordinary item, so it is
published like any other, and holds no more once it is deleted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cqrs.keys import KEY_SEPARATOR

if TYPE_CHECKING:
    from cqrs.item_store import ItemStore
    from cqrs.resources import Table
    from cqrs.settings import Settings

OVERRIDE_TYPE = "SETTINGS"
OVERRIDE_SORT_KEY = "TTL"
CACHE_SECONDS = 300.0
SECONDS_PER_DAY = 86_400


class TimeToLive:
    """Computes the ``ttl`` attribute of new items.

    Parameters
    ----------
    store, settings
        Where the tenants' overrides lie, and the days that hold without one.
    """

    def __init__(self, store: ItemStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._overrides: dict[str, tuple[float, dict[str, Any]]] = {}

    def expires_at(self, table: Table, tenant: str) -> int | None:
        """Epoch second at which an item written now expires; None to keep it for ever.

        A tenant's override is read at most once in five minutes by each process (one GetItem).
        """
        days = self._days(table, tenant)
        return int(time.time()) + days * SECONDS_PER_DAY if days else None

    def _days(self, table: Table, tenant: str) -> int:
        override = self._override(tenant).get(table.value)
        if isinstance(override, int) and not isinstance(override, bool) and override >= 0:
            return override
        return int(getattr(self._settings, f"{table.value}_ttl_days", 0))

    def _override(self, tenant: str) -> dict[str, Any]:
        read_at, override = self._overrides.get(tenant, (-CACHE_SECONDS, {}))
        if time.monotonic() - read_at >= CACHE_SECONDS:
            override = self._read_override(tenant)
            self._overrides[tenant] = (time.monotonic(), override)
        return override

    def _read_override(self, tenant: str) -> dict[str, Any]:
        item = self._store.get(
            self._settings.data_table, f"{OVERRIDE_TYPE}{KEY_SEPARATOR}{tenant}", OVERRIDE_SORT_KEY
        )
        if item is None or item.get("isDeleted"):
            return {}
        attributes: dict[str, Any] = item.get("attributes") or {}
        return attributes
