"""A bucket in memory, and a stand-in for the S3 client: each request is a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from cqrs.testing.text import Text
from tests.model.tape import Tape, done, refused

Objects = dict[str, Text]
"""The text under each key."""

Observer = Callable[[str, Text | None, Text], None]
"""Gets every write: where, what was there and what is there now."""


@dataclass(frozen=True, slots=True, eq=False)
class PutObject:
    """A call of PutObject."""

    key: str
    body: Text


@dataclass(frozen=True, slots=True, eq=False)
class GetObject:
    """A call of GetObject."""

    key: str


BucketCall = PutObject | GetObject


class TapedBucket:
    """Stands in for the S3 client, for objects that are text."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def put_object(self, **request: Any) -> dict[str, Any]:
        self._tape.perform(PutObject(request["Key"], request["Body"].decode()))
        return {}

    def get_object(self, **request: Any) -> dict[str, Any]:
        body = self._tape.perform(GetObject(request["Key"]))
        return {"Body": BytesIO(body.encode())}


def apply_to_bucket(call: BucketCall, objects: Objects, observe: Observer) -> Text:
    """Do what a call asks for, and return its result."""
    match call:
        case PutObject(key, body):
            before = objects.get(key)
            objects[key] = body
            observe(key, before, body)
            return done(None)
        case GetObject(key):
            return done(objects[key]) if key in objects else refused("NoSuchKey")
