"""A subject's objects in the bucket, with all their versions."""

from __future__ import annotations

import re
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from cqrs.aws.map_results import first_input
from cqrs.aws.object_versions import ObjectVersions
from cqrs.core.execution_tenants import tenant_of_input
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.deployment.stores import Tenancy
from cqrs.erasure.found import Found
from cqrs.erasure.letters import owner_of
from cqrs.erasure.subjects import ItemSubject
from cqrs.errors import NotFoundError
from cqrs.imports.keys import CSV_IMPORT
from cqrs.resources import ATTRIBUTES_PREFIX, EXPORTS_PREFIX, IMPORTS_PREFIX, WHOLE_ITEMS_PREFIX
from cqrs.storage.large_values import folder_of
from cqrs.storage.tenant_folders import tenant_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.aws.object_versions import Version
    from cqrs.erasure.subjects import Subject
    from cqrs.services import Services

VERSIONS_OF_A_PAGE = 500
PAGE = 1000
OF_A_VERSION = re.compile("[0-9]+-")
"""Begins the names of objects that a publish has made: the version of its command."""

MOST_BYTES = 8 * 1024 * 1024
"""More than a letter or the first child of a Map Run has: items take 400 KB, and inputs 256 KB."""


class Objects:
    """Finds a subject's objects in one folder.

    Parameters
    ----------
    services
        The environment's.
    folder
        The folder; empty for a bucket of an application's own.
    tenancy
        How an object tells whose it is.
    bucket
        Name of the bucket.
    """

    def __init__(self, services: Services, folder: str, tenancy: Tenancy, bucket: str) -> None:
        self._services = services
        self._folder = folder
        self._tenancy = tenancy
        self._versions = ObjectVersions(services.clients, bucket)

    def found(self, subject: Subject) -> Iterator[Found]:
        """The subject's versions, some hundred at a time."""
        if self._tenancy is Tenancy.LETTER:
            yield from self._pages(self._letters(subject))
        elif self._tenancy is Tenancy.RESULT:
            yield from self._pages(self._results(subject))
        elif self._folder == ATTRIBUTES_PREFIX and isinstance(subject, ItemSubject):
            yield from self._pages(self._attributes(subject))
        else:
            for prefix in self._prefixes(subject):
                yield from self._pages(self._versions.below(prefix))
                yield from self._uploads(prefix)

    def _prefixes(self, subject: Subject) -> Iterator[str]:
        if isinstance(subject, ItemSubject):
            yield from self._prefixes_of_item(subject)
        elif self._tenancy is Tenancy.FOLDER:
            yield tenant_folder(self._folder, subject.tenant)
        elif self._tenancy is Tenancy.NAMED_FOLDER:
            yield f"{self._folder}/{subject.tenant}/" if self._folder else f"{subject.tenant}/"
        else:
            for ulid in self._imports_of(subject.tenant):
                yield f"{self._folder}/{ulid}/"
                yield f"{IMPORTS_PREFIX}/{ulid}/"  # of earlier releases

    def _prefixes_of_item(self, subject: ItemSubject) -> Iterator[str]:
        key = subject.key
        if self._folder == EXPORTS_PREFIX:
            # An export is one document of all of a tenant; it can be made again without the item.
            yield tenant_folder(EXPORTS_PREFIX, subject.tenant)
        if self._folder == WHOLE_ITEMS_PREFIX:
            for sk in self._versions_of_item(subject):
                yield f"{folder_of(self._folder, key.pk, sk)}/"

    def _attributes(self, subject: ItemSubject) -> Iterator[Version]:
        """Objects that commands of an item have put, whether an item still names them or none does.

        Attributes of full items lie in folders of their sort keys, which may be those of another
        item, whose key ends as a version does. They are found by the items that name them.
        """
        folder = folder_of(ATTRIBUTES_PREFIX, subject.key.pk, subject.key.sk)
        for version in self._versions.below(f"{folder}/"):
            if OF_A_VERSION.match(version.key.rpartition("/")[2]):
                yield version

    def _versions_of_item(self, subject: ItemSubject) -> Iterator[str]:
        """Sort keys of an item's commands and history, of which full ones have objects too."""
        settings, key = self._services.settings, subject.key
        for table in (settings.commands_table, settings.history_table):
            for sk in self._sort_keys(table, key.pk, key.sk):
                if subject.owns(key.pk, sk):
                    yield sk

    def _imports_of(self, tenant: str) -> list[str]:
        table, pk = self._services.settings.import_tmp_table, f"{CSV_IMPORT}{KEY_SEPARATOR}{tenant}"
        parts = (sk.split(KEY_SEPARATOR) for sk in self._sort_keys(table, pk, ""))
        return sorted({part[1] for part in parts if len(part) > 1 and part[1]})

    def _sort_keys(self, table: str, pk: str, prefix: str) -> Iterator[str]:
        start_after = None
        while True:
            page = self._services.store.query(
                table, pk, sk_prefix=prefix, limit=PAGE, start_after=start_after
            )
            yield from (item["sk"] for item in page.items)
            if page.last_key is None:
                return
            start_after = page.last_key

    def _letters(self, subject: Subject) -> Iterator[Version]:
        """Versions that hold a letter of the subject's, or the record of one."""
        all_of_it = self._versions.below(f"{self._folder}/")
        for _, group in groupby(sorted(all_of_it), key=lambda version: version.key):
            versions = list(group)
            owners = [owner_of(content) for content in self._contents(versions)]
            if any(owner is not None and subject.owns(*owner) for owner in owners):
                yield from versions

    def _results(self, subject: Subject) -> Iterator[Version]:
        """Versions of the results of imports; a Map Run has a folder of its own."""
        if isinstance(subject, ItemSubject):
            return
        all_of_it = sorted(self._versions.below(f"{self._folder}/"))
        for _, group in groupby(all_of_it, key=lambda version: version.key.split("/")[1]):
            versions = list(group)
            given = (first_input(content) for content in self._contents(versions))
            if any(_tenant_of_batch(one) == subject.tenant for one in given):
                yield from versions

    def _contents(self, versions: Sequence[Version]) -> Iterator[bytes]:
        for version in versions:
            if version.is_mark:
                continue
            try:
                yield self._versions.read(version, MOST_BYTES)
            except NotFoundError:
                continue

    def _pages(self, versions: Iterator[Version]) -> Iterator[Found]:
        page: list[Version] = []
        for version in versions:
            page.append(version)
            if len(page) == VERSIONS_OF_A_PAGE:
                yield Found(len(page), partial(self._remove, page))
                page = []
        if page:
            yield Found(len(page), partial(self._remove, page))

    def _remove(self, page: Sequence[Version]) -> None:
        self._versions.remove(page)

    def _uploads(self, prefix: str) -> Iterator[Found]:
        count = self._versions.count_uploads(prefix)
        if count:
            yield Found(count, lambda: self._versions.end_uploads(prefix))


def _tenant_of_batch(given: object) -> str | None:
    """The tenant of a batch of rows, which carries its job beside them."""
    batch = given.get("BatchInput") if isinstance(given, dict) else None
    return tenant_of_input(batch.get("Attributes") if isinstance(batch, dict) else None)
