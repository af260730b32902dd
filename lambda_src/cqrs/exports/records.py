"""An export's folder in the bucket: how far it is, its files, and its manifest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cqrs.core.clock import now_iso
from cqrs.core.timed_keys import ULID, new_ulid
from cqrs.errors import NotFoundError, ValidationError
from cqrs.resources import EXPORTS_PREFIX
from cqrs.storage.tenant_folders import tenant_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.object_store import ObjectStore

FORMAT, FORMAT_VERSION = "cqrs-export", 1
PROGRESS, MANIFEST = "progress.json", "manifest.json"


@dataclass(slots=True)
class Export:
    """An export, as its manifest has it.

    Attributes
    ----------
    id
        ULID; exports sort by their times.
    tenant, moment
        Whose data it has, as of when; UTC.
    source, cqrs_version
        The beginning of the environment's resource names, and the version of the project there.
    by
        Who asked for it.
    files
        Each file's name, table, entries, bytes and SHA-256.
    counts
        Entries of each table.
    schema_versions
        Items of each version of their type's schema.
    places
        Where to go on in each segment of each table, as ``<table> <segment>``; None at the end.
    finished_at
        When all files were written; None as long as some are not.
    damaged
        Items that could not be read, with the reason.
    """

    id: str
    tenant: str
    moment: str
    source: str
    by: str
    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    cqrs_version: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    schema_versions: dict[str, dict[str, int]] = field(default_factory=dict)
    places: dict[str, Any] = field(default_factory=dict)
    finished_at: str | None = None
    damaged: list[str] = field(default_factory=list)

    @classmethod
    def of_new(cls, tenant: str, source: str, by: str, version: str) -> Export:
        """A new one, of now, by a version of the project."""
        return cls(new_ulid(), tenant, now_iso(), source, by, cqrs_version=version)

    @classmethod
    def from_mapping(cls, document: Any, told: str) -> Export:
        """Read a manifest.

        Raises
        ------
        ValidationError
            If it is none, or one of a later format.
        """
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValidationError(f"{told} is not a manifest of an export.")
        if document.get("format_version") != FORMAT_VERSION:
            raise ValidationError(
                f"{told} has the format {document.get('format_version')!r:.40}, and this version "
                f"reads {FORMAT_VERSION}: use the version that wrote it, or a later one."
            )
        try:
            return cls(**document)
        except TypeError as error:
            raise ValidationError(f"{told} is a damaged manifest: {error}.") from None

    def to_mapping(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


class ExportRecords:
    """Reads and writes the folders of a tenant's exports.

    Parameters
    ----------
    objects, tenant
        The environment's bucket, and the tenant.
    """

    def __init__(self, objects: ObjectStore, tenant: str) -> None:
        self._objects = objects
        self._folder = tenant_folder(EXPORTS_PREFIX, tenant)

    def key(self, export: str, name: str) -> str:
        """Key of a file."""
        return f"{self._folder}{export}/{name}"

    def keep(self, export: Export) -> None:
        """Write how far it is; the manifest once it is finished (one PutObject)."""
        name = MANIFEST if export.finished_at else PROGRESS
        self._objects.put_json(self.key(export.id, name), export.to_mapping())

    def get(self, export: str) -> Export:
        """A finished export (one GetObject).

        Raises
        ------
        NotFoundError
            If there is none.
        """
        if not ULID.fullmatch(export):
            raise NotFoundError(f"{export!r:.40} is not the id of an export, which is a ULID.")
        key = self.key(export, MANIFEST)
        return Export.from_mapping(self._objects.get_json(key), self._objects.uri(key))

    def under_way(self) -> Export | None:
        """The newest export that was not finished; None if there is none."""
        ids = self._ids()
        for export, names in sorted(ids.items(), reverse=True):
            if PROGRESS in names and MANIFEST not in names:
                key = self.key(export, PROGRESS)
                return Export.from_mapping(self._objects.get_json(key), self._objects.uri(key))
        return None

    def finished(self) -> Iterator[Export]:
        """All finished exports, the oldest first."""
        for export, names in sorted(self._ids().items()):
            if MANIFEST in names:
                yield self.get(export)

    def _ids(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key in self._objects.keys(self._folder):
            export, _, name = key.removeprefix(self._folder).partition("/")
            found.setdefault(export, set()).add(name)
        return found
