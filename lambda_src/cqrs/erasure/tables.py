"""A subject's items in a table, and what they alone lead to."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Condition, Update
from cqrs.aws.item_sweep import ItemSweep
from cqrs.aws.object_versions import ObjectVersions
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.deployment.stores import FOLDERS, Tenancy
from cqrs.erasure.found import Found
from cqrs.erasure.run_notes import is_of_run, without_subject
from cqrs.erasure.subjects import ATTRIBUTE_TENANT, SUBJECT, ItemSubject, entries_of, is_left_entry
from cqrs.errors import ConditionFailed
from cqrs.healing.notes import PK as HEALING
from cqrs.healing.notes import PLACES, RUN
from cqrs.read_models.runs import PARTITION as RUNS
from cqrs.resources import Table
from cqrs.storage.large_values import KEY_SUFFIX
from cqrs.storage.request_records import IDEMPOTENCY, published_mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.core.attribute_values import Item
    from cqrs.erasure.subjects import Subject
    from cqrs.services import Services


class TableEntries:
    """Finds a subject's items in one table.

    Parameters
    ----------
    services
        The environment's.
    table
        Base name of the table, and its full name.
    tenancy
        How an item tells whose it is.
    """

    def __init__(self, services: Services, table: tuple[str, str], tenancy: Tenancy) -> None:
        self._services = services
        self._base, self._table = table
        self._tenancy = tenancy
        self._sweep = ItemSweep(services.clients)
        self._versions = ObjectVersions(services.clients, services.settings.bucket)

    def found(self, subject: Subject) -> Iterator[Found]:
        """The subject's items, page by page of the table."""
        for page in self._sweep.pages(self._table, self._wanted(subject)):
            owned = [item for item in page.items if self._is_owned(subject, item)]
            if owned:
                yield Found(len(owned), partial(self._remove, owned))
            if self._base == Table.READ_MODELS:
                yield from self._of_runs(subject, page.items)
        if self._base == Table.IMPORT_TMP:
            yield from self._of_healer(subject)

    def _wanted(self, subject: Subject) -> Condition:
        if self._tenancy is Tenancy.IDEMPOTENCY_KEY and isinstance(subject, ItemSubject):
            # The digest of a key is the name of an attribute, with the version that was published.
            return Condition(f"attribute_exists(#{published_mark(subject.key)})")
        if self._tenancy is Tenancy.ATTRIBUTE:
            of_tenant = Condition(
                f"#{ATTRIBUTE_TENANT} = :tenant", {ATTRIBUTE_TENANT: subject.tenant}
            )
            both = f"({of_tenant.expression}) OR ({subject.wanted.expression})"
            return Condition(both, {**of_tenant.values, **subject.wanted.values})
        if self._base == Table.READ_MODELS:
            both = f"({subject.wanted.expression}) OR begins_with(#pk, :runs)"
            return Condition(both, {**subject.wanted.values, "runs": RUNS})
        if self._base == Table.IMPORT_TMP:
            both = f"({subject.wanted.expression}) OR #pk = :healing"
            return Condition(both, {**subject.wanted.values, "healing": HEALING})
        return subject.wanted

    def _is_owned(self, subject: Subject, item: Item) -> bool:
        if item["pk"] == HEALING and self._base == Table.IMPORT_TMP:
            return _is_about(str(item.get(SUBJECT, "")), subject)
        if self._base == Table.READ_MODELS and is_of_run(item):
            return False  # a run is of all tenants, and its key ends in the model's name
        if isinstance(subject, ItemSubject):
            return self._is_of_item(subject, item)
        if self._tenancy is Tenancy.IDEMPOTENCY_KEY:
            return bool(item["pk"].split(KEY_SEPARATOR)[:2] == [IDEMPOTENCY, subject.tenant])
        if self._tenancy is Tenancy.ATTRIBUTE and item.get(ATTRIBUTE_TENANT) == subject.tenant:
            return True
        return subject.owns(item["pk"], item["sk"])

    def _is_of_item(self, subject: ItemSubject, item: Item) -> bool:
        if self._tenancy is Tenancy.IDEMPOTENCY_KEY:
            return published_mark(subject.key) in item
        if self._base == Table.READ_MODELS:
            return subject.is_note(item["pk"], item["sk"])
        if self._base == Table.DATA:
            return subject.is_state(item["pk"], item["sk"]) or is_left_entry(item, subject)
        return subject.is_version(item["pk"], item["sk"])

    def _remove(self, items: Sequence[Item]) -> None:
        # A crash between these leaves the items, and by them the rest is found again.
        for item in items:
            for key in _objects_of(item):
                self._versions.remove(self._versions.of(key))
        entries = [place for item in items for place in entries_of(item)]
        if entries:
            self._sweep.delete(self._table, list(dict.fromkeys(entries)))
        self._sweep.delete(self._table, [(item["pk"], item["sk"]) for item in items])

    def _of_runs(self, subject: Subject, items: Sequence[Item]) -> Iterator[Found]:
        """Notes of runs of read models that name the subject."""
        changes = [
            change
            for item in items
            if is_of_run(item)
            and (change := without_subject(self._table, item, subject)) is not None
        ]
        if changes:
            yield Found(len(changes), partial(self._change, changes))

    def _change(self, changes: Sequence[Update]) -> None:
        for change in changes:
            with suppress(ConditionFailed):  # the next pass reads it as it is by then
                self._services.store.update(change)

    def _of_healer(self, subject: Subject) -> Iterator[Found]:
        """The healer's place in an index, if that is the key of something that is erased."""
        run = self._services.store.get(self._table, HEALING, RUN)
        places = run.get(PLACES) if run else None
        after = [
            place.get("after") or {}
            for place in (places.values() if isinstance(places, dict) else ())
            if isinstance(place, dict)
        ]
        if any(subject.owns(str(key.get("pk")), str(key.get("sk"))) for key in after):
            forget = Update(self._table, HEALING, RUN, remove=(PLACES,))
            yield Found(1, lambda: _ignore(self._services.store.update(forget)))


def _ignore(_item: Item) -> None:
    return None


def _is_about(told: str, subject: Subject) -> bool:
    """Whether the healer's note, of which a person reads the subject, is about one."""
    if isinstance(subject, ItemSubject):
        return told.startswith(f"{subject.key.pk} {subject.key.sk}")
    code = f"{KEY_SEPARATOR}{subject.tenant}"
    return f"{code} " in told or f"{code}/" in told


def _objects_of(item: Item) -> Iterator[str]:
    """Keys of the objects that an item names, wherever an earlier release has put them."""
    for name, value in item.items():
        if name.endswith(KEY_SUFFIX) and isinstance(value, str):
            folder, separator, _ = value.partition("/")
            if separator and folder in FOLDERS:
                yield value
