"""Writing an export, segment by segment of each table; one that is killed goes on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Condition
from cqrs.aws.item_sweep import ItemSweep, Segment
from cqrs.core.clock import now_iso
from cqrs.core.item_content import schema_version_of
from cqrs.core.keys import KEY_SEPARATOR, RESERVED_TYPES, item_type, tenant_code
from cqrs.errors import PermanentError
from cqrs.exports.lines import OF_COMMAND, OF_STATE, entry_of, written
from cqrs.exports.moment import Cut
from cqrs.exports.records import Export, ExportRecords
from cqrs.resources import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.core.attribute_values import Item
    from cqrs.services import Services

SEGMENTS = 8
"""Parts that a table is read in. A part that is done is not read again."""

FILE_BYTES = 32 * 1024 * 1024
"""A file gets no more pages once it has as much; a page of a table has 1 MB."""

TABLES = (Table.DATA, Table.HISTORY, Table.COMMANDS)

CONTENT_TYPE = "application/jsonl"


class CommandsUnderWay(PermanentError):
    """Commands of before the moment are still being applied."""


class Exporter:
    """Writes exports of a tenant.

    Parameters
    ----------
    services, tenant
        The environment's, and the tenant.
    """

    def __init__(self, services: Services, tenant: str) -> None:
        self._services = services
        self._tenant = tenant
        self._records = ExportRecords(services.objects, tenant)
        self._sweep = ItemSweep(services.clients)

    def begin(self, by: str, version: str = "") -> Export:
        """Begin an export of now, or go on with one that was not finished.

        Parameters
        ----------
        by
            Who asks for it.
        version
            The version of the project that writes it.
        """
        export = self._records.under_way()
        if export is None:
            source = self._services.settings.resource_prefix
            export = Export.of_new(self._tenant, source, by, version)
            self._records.keep(export)
        return export

    def under_way(self, export: Export) -> list[str]:
        """Commands that the export has to wait for."""
        return list(Cut(self._services, self._tenant, export.moment).under_way())

    def run(self, export: Export) -> Iterator[tuple[str, int]]:
        """Write all files, then the manifest; each table with its entries so far.

        Raises
        ------
        CommandsUnderWay
            If commands of before the moment are still being applied.
        """
        if waiting := self.under_way(export):
            raise CommandsUnderWay(
                f"{len(waiting)} commands of before {export.moment} are still being applied, such "
                f"as {waiting[0]}. Wait for them (--wait); `cqrs doctor` tells what is stuck."
            )
        for table in TABLES:
            for number in range(SEGMENTS):
                place = f"{table} {number}"
                if export.places.get(place, "") is not None:
                    for _ in self._segment(export, table, number, place):
                        yield str(table), export.counts.get(table, 0)
        export.finished_at = now_iso()
        self._records.keep(export)

    def _segment(self, export: Export, table: Table, number: int, place: str) -> Iterator[None]:
        """Write the files of a segment from a place on, and note the place behind each."""
        cut = Cut(self._services, self._tenant, export.moment)
        name, start = self._services.settings.table(table), export.places.get(place)
        wanted = Condition("contains(#pk, :code)", {"code": f"{KEY_SEPARATOR}{self._tenant}"})
        content, entries = b"", 0
        for page in self._sweep.pages(
            name, wanted, segment=Segment(number, SEGMENTS), start_after=start
        ):
            owned = [item for item in page.items if self._is_owned(table, item)]
            lines = list(self._entries(export, table, cut, owned))
            content += written(lines)
            entries += len(lines)
            if page.last_key is None or len(content) >= FILE_BYTES:
                self._keep_file(export, f"{table}-{number}", table, content, entries)
                content, entries = b"", 0
                export.places[place] = page.last_key
                self._records.keep(export)
                yield

    def _is_owned(self, table: Table, item: Item) -> bool:
        """Whether it is the tenant's, and no read model's, which are made of the items."""
        if tenant_code(item["pk"]) != self._tenant or item["pk"].startswith(RESERVED_TYPES):
            return False
        return table is Table.COMMANDS or "requestId" in item

    def _entries(
        self, export: Export, table: Table, cut: Cut, items: Sequence[Item]
    ) -> Iterator[dict[str, Any]]:
        names = OF_COMMAND if table is Table.COMMANDS else OF_STATE
        for item in cut.earlier(items) if table is Table.HISTORY else items:
            try:
                state = cut.state(item) if table is Table.DATA else item
                if state is None or not cut.has(state):
                    continue
                entry = entry_of(state, names, self._services.attributes)
            except PermanentError as error:
                export.damaged.append(f"{table} {item['pk']} {item['sk']}: {error}")
                continue
            if table is Table.DATA:
                self._count_schema(export, state)
            yield entry

    def _count_schema(self, export: Export, item: Item) -> None:
        versions = export.schema_versions.setdefault(item_type(item["pk"]), {})
        version = str(schema_version_of(item))
        versions[version] = versions.get(version, 0) + 1

    def _keep_file(
        self, export: Export, stem: str, table: Table, content: bytes, entries: int
    ) -> None:
        if not entries:
            return
        # A process that dies before it has noted the file writes it again.
        number = sum(one["name"].startswith(f"{stem}-") for one in export.files)
        name = f"{stem}-{number}.jsonl"
        self._services.objects.put_pieces(
            self._records.key(export.id, name), [content], CONTENT_TYPE
        )
        export.files.append(
            {
                "name": name,
                "table": str(table),
                "entries": entries,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        export.counts[table] = export.counts.get(table, 0) + entries
