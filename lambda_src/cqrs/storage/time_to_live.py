"""When items expire: days per table from the settings, and per tenant if it says otherwise.

A tenant's own days are the attributes of one data item, ``SETTINGS#<tenant>`` ``TTL``, as in
``{"commands": 30, "history": 365}``; 0 keeps items for ever. It is an ordinary item, so it is
published like any other, and holds no more once it is deleted. A value that it cannot have is
refused when it is published. One that is there all the same is passed over with a warning.
"""

from __future__ import annotations

import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from cqrs.core.keys import KEY_SEPARATOR, PARTITION_KEY_BYTES, item_type
from cqrs.core.observability import logger
from cqrs.errors import ValidationError
from cqrs.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.item_store import ItemStore
    from cqrs.resources import Table

OVERRIDE_TYPE = "SETTINGS"
OVERRIDE_SORT_KEY = "TTL"
CACHE_SECONDS = 300.0

MOST_DAYS = 36_500
"""A hundred years: of what is to be kept for longer, nobody says when it ends."""

SETTING_SUFFIX = "_ttl_days"
TABLES = tuple(
    field.name.removesuffix(SETTING_SUFFIX)
    for field in fields(Settings)
    if field.name.endswith(SETTING_SUFFIX)
)
"""Tables whose items may expire."""

SECONDS_PER_DAY = 86_400


class TimeToLive:
    """Computes the ``ttl`` attribute of new items.

    Parameters
    ----------
    store, settings
        The source of the tenants' overrides, and the days that hold without one.
    """

    def __init__(self, store: ItemStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._overrides: dict[str, tuple[float, dict[str, int]]] = {}

    def expires_at(self, table: Table, tenant: str) -> int | None:
        """Epoch second at which an item written now expires; None to keep it for ever.

        A tenant's override is read at most once in five minutes by each process (one GetItem).
        """
        days = self._days(table, tenant)
        return int(time.time()) + days * SECONDS_PER_DAY if days else None

    def _days(self, table: Table, tenant: str) -> int:
        override = self._override(tenant).get(table.value)
        return _default(self._settings, table) if override is None else override

    def _override(self, tenant: str) -> dict[str, int]:
        read_at, override = self._overrides.get(tenant, (-CACHE_SECONDS, {}))
        if time.monotonic() - read_at >= CACHE_SECONDS:
            override = self._read_override(tenant)
            self._overrides[tenant] = (time.monotonic(), override)
        return override

    def _read_override(self, tenant: str) -> dict[str, int]:
        pk = f"{OVERRIDE_TYPE}{KEY_SEPARATOR}{tenant}"
        if len(pk.encode(errors="surrogatepass")) > PARTITION_KEY_BYTES:
            return {}  # no item can have this key
        item = self._store.get(self._settings.data_table, pk, OVERRIDE_SORT_KEY)
        if item is None or item.get("isDeleted"):
            return {}
        attributes = item.get("attributes") or {}
        if not isinstance(attributes, dict):
            attributes = {"attributes": attributes}
        problems = {name: problem_of(name, days) for name, days in attributes.items()}
        if any(problems.values()):
            logger.warning(
                "Times to live of a tenant are passed over",
                extra={"tenant": tenant, "problems": [text for text in problems.values() if text]},
            )
        return {name: days for name, days in attributes.items() if not problems[name]}


def refuse_bad_settings(pk: str, sk: str, attributes: Mapping[str, Any]) -> None:
    """Check what an item says if it is a tenant's times to live.

    Raises
    ------
    ValidationError
        If it says what cannot be, or its sort key is one that nobody reads.
    """
    if item_type(pk) != OVERRIDE_TYPE:
        return
    if sk != OVERRIDE_SORT_KEY:
        if sk.strip().upper() in {OVERRIDE_SORT_KEY, f"{OVERRIDE_TYPE}#{OVERRIDE_SORT_KEY}"}:
            raise ValidationError(
                f"{pk} {sk} is read by nobody: a tenant's times to live have the sort key "
                f"{OVERRIDE_SORT_KEY}."
            )
        return
    problems = [text for name, days in attributes.items() if (text := problem_of(name, days))]
    if problems:
        raise ValidationError(f"The settings {pk} {sk} are refused: {'; '.join(problems)}.")


def problem_of(name: str, days: Any) -> str:
    """Why a table's days cannot be; empty if they can."""
    if name not in TABLES:
        return (
            f"{name[:80]!r} is not a table that has a time to live; those are {', '.join(TABLES)}"
        )
    if type(days) is not int or not 0 <= days <= MOST_DAYS:
        return f"{name} is {days!r:.80}; it must be a whole number of days, 0 to {MOST_DAYS:,}"
    return ""


def _default(settings: Settings, table: Table) -> int:
    return int(getattr(settings, f"{table.value}{SETTING_SUFFIX}", 0))
