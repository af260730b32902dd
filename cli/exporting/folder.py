"""An export in a folder of this machine: downloaded, checked, and read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import from_json, to_json
from cqrs.errors import ValidationError
from cqrs.exports.records import MANIFEST, Export

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.object_store import ObjectStore
    from cqrs.exports.records import ExportRecords

PIECE_BYTES = 1024 * 1024


class ExportFolder:
    """The files of one export.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self) -> Export:
        """The export's manifest.

        Raises
        ------
        ValidationError
            If the folder holds none.
        """
        path = self.path / MANIFEST
        try:
            document = from_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ValidationError(
                f"{path} cannot be read as a manifest ({error}). `cqrs export download` writes "
                "such a folder."
            ) from None
        return Export.from_mapping(document, str(path))

    def lines(self, file: dict[str, Any]) -> Iterator[bytes]:
        """Lines of a file of the manifest, once all of it is what was written.

        Raises
        ------
        ValidationError
            If it is missing, or something else.
        """
        self.check(file)
        with (self.path / _harmless(file["name"])).open("rb") as content:
            yield from content

    def download(self, objects: ObjectStore, records: ExportRecords, export: Export) -> None:
        """Write all files, the manifest last; a file that is there and whole is kept."""
        self.path.mkdir(parents=True, exist_ok=True)
        for file in export.files:
            path = self.path / _harmless(file["name"])
            if path.exists() and _digest(path) == file["sha256"]:
                continue
            part = path.with_suffix(".part")
            with part.open("wb") as content:
                key = records.key(export.id, file["name"])
                content.writelines(objects.stream(key, 0, PIECE_BYTES))
            part.replace(path)
            self.check(file)
        text = to_json(export.to_mapping(), indent=2)
        (self.path / MANIFEST).write_text(f"{text}\n", encoding="utf-8")

    def check(self, file: dict[str, Any]) -> None:
        """See that a file of the manifest is what was written.

        Raises
        ------
        ValidationError
            If it is missing, or something else.
        """
        path = self.path / _harmless(file["name"])
        if not path.is_file():
            raise ValidationError(f"{path} is missing, which the manifest names: download again.")
        if _digest(path) != file["sha256"]:
            raise ValidationError(
                f"{path} is not what was exported: its SHA-256 is another one than in the "
                "manifest. Download it again."
            )


def _harmless(name: Any) -> str:
    """A name of the manifest, which must not lead out of the folder."""
    if not isinstance(name, str) or Path(name).name != name:
        raise ValidationError(
            f"The manifest names {name!r:.80}, and that is not a file of the folder."
        )
    return name


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
