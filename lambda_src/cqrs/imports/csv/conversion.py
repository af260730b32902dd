"""Converting a file in another encoding into UTF-8."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from cqrs.errors import ValidationError
from cqrs.imports.csv.encodings import as_utf8
from cqrs.imports.csv.errors_file import CONTENT_TYPE
from cqrs.imports.csv.recognition import MARKED
from cqrs.imports.encoding_names import UTF_8

if TYPE_CHECKING:
    from cqrs.aws.object_store import ObjectStore
    from cqrs.imports.csv.source import Source

READ_BYTES = 64 * 1024

MARK_BYTES = 4
"""The longest byte order mark."""


def refuse_other_mark(start: bytes, source: Source) -> None:
    """See that a file does not begin with the byte order mark of another encoding than its own.

    Raises
    ------
    ValidationError
        If it does; the message names the encoding.
    """
    family = source.encoding.replace("_", "-")
    for mark, marked in {**MARKED, codecs.BOM_UTF8: UTF_8}.items():
        if start.startswith(mark):
            if not family.startswith(marked):
                raise ValidationError(
                    f"{source.place} begins with the byte order mark of {marked.upper()}, and is "
                    f"to be read as {source.encoding}: import it with encoding {marked}."
                )
            return


def convert(objects: ObjectStore, key: str, source: Source) -> None:
    """Convert a file (one GetObject, and one PutObject or a multipart upload).

    A repeat writes the same object again.

    Parameters
    ----------
    objects, key
        The file.
    source
        The object that its text goes to, and its encoding.

    Raises
    ------
    ValidationError
        If it is in another encoding.
    """
    text = as_utf8(objects.stream(key, 0, READ_BYTES), source.encoding, source.place)
    source.objects.put_pieces(source.key, text, CONTENT_TYPE)
