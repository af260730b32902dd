"""How a subject is found in each store of the register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cqrs.deployment.stores import ERASED, Kind, Store, Tenancy
from cqrs.erasure.dead_letters import LettersOfSubject
from cqrs.erasure.objects import Objects
from cqrs.erasure.subjects import ItemSubject
from cqrs.erasure.tables import TableEntries
from cqrs.events.own_resources import OwnResources
from cqrs.resources import API_TABLE, OwnKind, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.erasure.found import Found
    from cqrs.erasure.subjects import Subject
    from cqrs.services import Services

OF_AN_ITEM = frozenset(
    {
        (Kind.DEAD_LETTERS, ""),
        (Kind.TABLE, Table.READ_MODELS),
        (Kind.TABLE, Table.DATA),
        (Kind.TABLE, Table.HISTORY),
        (Kind.TABLE, Table.COMMANDS),
        (Kind.TABLE, Table.IMPORT_TMP),
        (Kind.TABLE, API_TABLE),
    }
)
"""Stores in which one item is found by its key, beside the folders of the bucket."""

NOT_OF_AN_ITEM = frozenset({Tenancy.NAMED_FOLDER, Tenancy.IMPORT, Tenancy.RESULT})
"""Folders of files that say nothing of it by their names."""


class Finder(Protocol):
    """Finds subjects in a store."""

    def found(self, subject: Subject) -> Iterator[Found]:
        """Entries of a subject, a page at a time."""


def finders(services: Services, subject: Subject) -> Iterator[tuple[str, Finder]]:
    """Finders of all stores that an environment has, each with its name, in their order.

    Folders whose objects are found by items come before the tables with these.
    """
    for store in _in_order(subject):
        yield from _finders_of(services, store)


def _in_order(subject: Subject) -> list[Store]:
    if not isinstance(subject, ItemSubject):
        return list(ERASED)
    reached = [store for store in ERASED if _reaches_items(store)]
    # The folders of a version are found by its items.
    return sorted(reached, key=lambda store: store.kind is Kind.TABLE)


def _reaches_items(store: Store) -> bool:
    if store.kind is Kind.FOLDER:
        return store.tenancy not in NOT_OF_AN_ITEM
    return (store.kind, store.name) in OF_AN_ITEM


def _finders_of(services: Services, store: Store) -> Iterator[tuple[str, Finder]]:
    settings = services.settings
    if store.kind is Kind.DEAD_LETTERS:
        yield str(store), LettersOfSubject(services)
    elif store.kind is Kind.FOLDER:
        yield str(store), Objects(services, store.name, store.tenancy, settings.bucket)
    elif store.kind is Kind.BUCKET:
        for name in settings.own(OwnKind.BUCKET):
            bucket = OwnResources(settings).bucket_name(name)
            yield f"{store.kind} {name}", Objects(services, "", store.tenancy, bucket)
    else:
        for name, table in _tables(services, store.name):
            finder = TableEntries(services, (name, table), store.tenancy)
            yield f"{store.kind} {name}", finder


def _tables(services: Services, name: str) -> Iterator[tuple[str, str]]:
    """Base name and full name of the tables that an entry of the register stands for."""
    settings = services.settings
    if not name:
        for own in settings.own(OwnKind.TABLE):
            yield own, OwnResources(settings).table_name(own)
    elif table := str(getattr(settings, f"{name}_table")):  # empty if the environment has none
        yield name, table
