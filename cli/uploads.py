"""Uploading files into an environment's bucket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.arguments import checked
from cli.bounded_files import refuse_irregular
from cqrs.aws.clients import send
from cqrs.aws.object_store import PART_BYTES
from cqrs.core.texts import checked_text
from cqrs.core.timed_keys import new_ulid
from cqrs.errors import CqrsError
from cqrs.resources import uploads_folder

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from cqrs.services import Services

S3_SCHEME = "s3://"

AVOIDED = frozenset('\\{}^%`[]"<>~#|')
"""The characters that tools and URLs read otherwise than as a part of a key (S3 guide, "Naming
Amazon S3 objects")."""

REPLACEMENT = "_"


class UploadFailed(CqrsError):
    """S3 did not take a file."""


def is_stored(file: str) -> bool:
    """Whether a file is named by its place in S3; schemes have no case (RFC 3986)."""
    return file[: len(S3_SCHEME)].lower() == S3_SCHEME


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in a bucket."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{S3_SCHEME}{self.bucket}/{self.key}"

    @classmethod
    def parse(cls, uri: str) -> StoredFile:
        """Read ``s3://bucket/key``."""
        bucket, _, key = uri[len(S3_SCHEME) :].partition("/")
        if not (bucket and key):
            raise typer.BadParameter(f"{uri} names no file: write it as s3://bucket/key")
        return cls(bucket, key)


def readable_file(name: str) -> Path:
    """Path of a local file that can be uploaded."""
    path = Path(name)
    try:
        refuse_irregular(path)
        path.open("rb").close()
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{name} cannot be read: {error}") from None
    return path


def upload(services: Services, path: Path, tenant: str, console: Console) -> StoredFile:
    """Upload a file in parts, several at a time, under a name of its own.

    Raises
    ------
    UploadFailed
        If S3 refused it.
    TransientError
        If S3 was not reached.
    """
    from boto3.exceptions import S3UploadFailedError  # noqa: PLC0415 - `cqrs --help` needs no boto3
    from boto3.s3.transfer import S3Transfer, TransferConfig  # noqa: PLC0415

    in_parts = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)
    name = checked(lambda name: checked_text(name, "The file's name"), path.name)
    key = f"{uploads_folder(tenant)}{new_ulid()}-{harmless(name)}"
    stored = StoredFile(services.settings.bucket, key)
    with _progress(console) as progress:
        bar = progress.add_task("uploaded", total=path.stat().st_size)
        try:
            send(
                S3Transfer(services.clients.s3, in_parts),
                "upload_file",
                filename=str(path),
                bucket=stored.bucket,
                key=stored.key,
                extra_args={"ContentType": "text/csv"},
                callback=lambda sent: progress.advance(bar, sent),
            )
        except S3UploadFailedError as error:
            raise UploadFailed(f"{error} Is this environment deployed?") from error
    return stored


def harmless(name: str) -> str:
    """A file's name as the end of an object's key; people still know it again.

    Listings of a bucket are XML, which has no form for control characters.
    """
    return "".join(
        character if character.isprintable() and character not in AVOIDED else REPLACEMENT
        for character in name
    )


def remove(services: Services, stored: StoredFile) -> None:
    """Remove an uploaded file that nothing needs."""
    send(services.clients.s3, "delete_object", Bucket=stored.bucket, Key=stored.key)


def _progress(console: Console) -> Progress:
    from rich.progress import (  # noqa: PLC0415 - its import takes longer than a help should
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description:>10}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
