"""Children of Distributed Maps that did not succeed, as ResultWriter has written of them.

A manifest names files; each is a list of children with their inputs, and may have 5 GB (Step
Functions guide, "ResultWriter (Map)"). ``FAILED`` has those that failed, timed out or were aborted,
``PENDING`` those that were never started.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.step_functions import caught_error
from cqrs.core.json_text import from_json
from cqrs.core.reading import reading
from cqrs.errors import TRANSIENT_ERRORS, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.object_store import ObjectStore

WITHOUT_SUCCESS = ("FAILED", "PENDING")

FAILED = "FAILED"

PIECE_BYTES = 256 * 1024

BETWEEN_RECORDS = b" \t\r\n[,]"

OF_TIME = frozenset(
    {
        *(error.__name__ for error in TRANSIENT_ERRORS),
        "States.Timeout",
        "States.TaskFailed",
        "Sandbox.Timedout",
        "Runtime.ExitError",
    }
)
OF_LAMBDA = "Lambda."
"""Errors that a repeat may not meet, and the beginning of the names of others. AWS was away, or a
process ended in the midst of its work."""


@dataclass(frozen=True, slots=True)
class UnsuccessfulChild:
    """A child execution that did not succeed.

    Attributes
    ----------
    status
        How it ended.
    error, cause
        With what, if it failed.
    input
        Its input; None if that is not known.
    """

    status: str
    error: str
    cause: str
    input: Any

    @property
    def may_succeed_later(self) -> bool:
        """Whether time may mend its reason: it timed out, was stopped, or AWS was away."""
        if self.status != FAILED:
            return True
        return self.error in OF_TIME or self.error.startswith(OF_LAMBDA)


class MapResults:
    """Reads the results of Map Runs.

    Parameters
    ----------
    objects
        The bucket that they are written to.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def unsuccessful(self, manifest: str) -> list[str]:
        """Keys of the files with children that did not succeed (one GetObject).

        Raises
        ------
        NotFoundError
            If there is no such manifest.
        ValidationError
            If it is none.
        """
        document = self._objects.get_json(manifest)
        with reading(f"The manifest {self._objects.uri(manifest)}"):
            files = document["ResultFiles"]
            return [str(one["Key"]) for name in WITHOUT_SUCCESS for one in files.get(name, ())]

    def children(self, file: str, offset: int) -> Iterator[tuple[UnsuccessfulChild, int]]:
        """Read the children of a file from a place on, as a stream (one GetObject).

        Yields
        ------
        tuple
            A child, and the bytes of the file up to its end.

        Raises
        ------
        ValidationError
            If the file holds something else.
        """
        for text, end in self._records(file, offset):
            with reading(f"The results in {self._objects.uri(file)}"):
                yield _child(from_json(text.decode())), end

    def _records(self, file: str, offset: int) -> Iterator[tuple[bytes, int]]:
        """Records of a file, with the bytes up to the end of each."""
        decoder = json.JSONDecoder()
        rest = b""
        for piece in self._objects.stream(file, offset, PIECE_BYTES):
            rest += piece
            while record := rest.lstrip(BETWEEN_RECORDS):
                # In Latin-1 a character is a byte, and JSON's own characters are the same.
                try:
                    _, length = decoder.raw_decode(record.decode("latin-1"))
                except json.JSONDecodeError:
                    break  # more of it comes
                offset += len(rest) - len(record) + length
                rest = record[length:]
                yield record[:length], offset
        if rest.strip(BETWEEN_RECORDS):
            raise ValidationError(
                f"{self._objects.uri(file)} holds no results of a Map Run behind byte {offset}."
            )


def first_input(content: bytes) -> Any:
    """The input of the first child in the beginning of a file; None if it tells none.

    Parameters
    ----------
    content
        The file's first bytes, with all of the first child.
    """
    try:
        text = content.lstrip(BETWEEN_RECORDS).decode("latin-1")
        _, length = json.JSONDecoder().raw_decode(text)
        return from_json(from_json(text[:length].encode("latin-1"))["Input"])
    except (ValueError, KeyError, TypeError):
        return None


def _child(record: Any) -> UnsuccessfulChild:
    error, cause = caught_error(
        {"Error": record.get("Error", ""), "Cause": record.get("Cause", "")}
    )
    given = record.get("Input")
    return UnsuccessfulChild(
        str(record.get("Status", "")), error, cause, None if given is None else from_json(given)
    )
