"""The query and the body of a request, checked against its route.

A schema here is the part of JSON Schema that the routes need. All faults are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from cqrs.api.answers import JSON_TYPE, LARGEST_BODY
from cqrs.api.problems import Problem
from cqrs.core.json_text import from_json, to_json
from cqrs.core.payloads import LARGEST_WHOLE_NUMBER
from cqrs.core.texts import checked_text
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from cqrs.api.requests import HttpRequest
    from cqrs.api.route import Parameter, Route, Schema

KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "string": ("text", (str,)),
    "integer": ("a whole number", (int,)),
    "boolean": ("true or false", (bool,)),
    "object": ("an object", (dict,)),
    "array": ("a list", (list,)),
}
"""By JSON Schema's name: in words, and Python's types of it, just these."""

CHARSET = re.compile(r"charset\s*=")
UTF_8 = frozenset({"utf-8", "utf8"})
"""JSON has no other one (RFC 8259, section 8.1)."""

BYTE_ORDER_MARK = "\ufeff"

MOST_DIGITS = 4000
"""Digits of a number that Python reads at once."""

MOST_FAULTS = 100
"""Faults of one request that are told: a body has room for half a million, an answer has not."""

TRUTHS = {"true": True, "false": False}

Fault = Mapping[str, str]


def checked_query(route: Route, request: HttpRequest) -> dict[str, Any]:
    """The parameters of a query, by name, as their kinds.

    Raises
    ------
    Problem
        If one is unknown, there twice, or of another kind.
    """
    known = {parameter.name: parameter for parameter in route.parameters}
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in request.query:
        if len(faults) > MOST_FAULTS:
            break
        try:
            if name in values:
                raise ValidationError(f"{name} is there twice; send it once.")  # noqa: TRY301
            values[name] = text if route.takes_any_query else _parameter(known, name, text)
        except ValidationError as error:
            faults.append({"detail": str(error), "parameter": name})
    _raise(faults, "query")
    return values


def checked_body(route: Route, request: HttpRequest) -> Any:
    """The body of a request, as its route takes it; None if it has none.

    Raises
    ------
    Problem
        If it is too large, not JSON, or does not fit the schema.
    """
    if not (route.body or route.takes_any_body):
        return None
    if len(request.body.encode(errors="surrogatepass")) > LARGEST_BODY:
        raise Problem(
            413,
            "body-too-large",
            f"The body is too large; at most {LARGEST_BODY:,} bytes fit. Send less at once.",
        )
    if not request.body and (route.body is None or route.body.is_optional):
        return None if route.body is None else {}
    _refuse_encoded(request.headers.get("content-encoding", ""))
    _refuse_other_content(request.headers.get("content-type", ""))
    try:
        body = from_json(request.body, unique_keys=True)
    except ValueError as error:
        raise Problem(400, "body", _not_json(request.body, error)) from None
    if route.body is not None:
        body = _with_whole_numbers(route.body.schema, body)
        _raise(list(islice(_faults(route.body.schema, body, ""), MOST_FAULTS + 1)), "body")
    return body


def _not_json(body: str, error: ValueError) -> str:
    if not body.strip():
        return "There is no body: send one in JSON."
    if body.startswith(BYTE_ORDER_MARK):
        return "The body begins with a byte order mark, which JSON has not: send it without."
    if isinstance(error, JSONDecodeError):
        place = f"line {error.lineno}, column {error.colno}"
        return f"The body is not JSON. At {place}: {error.msg}."
    return f"The body is not JSON: {error}."


def _refuse_encoded(sent: str) -> None:
    """Refuse what was compressed, which nobody undoes on the way."""
    if sent.strip().lower() not in {"", "identity"}:
        raise Problem(
            415,
            "content-encoding",
            f"Content-Encoding is {sent[:80]!r}; send the body as it is, without that header.",
        )


def _refuse_other_content(sent: str) -> None:
    media_type, *parameters = (part.strip().lower() for part in sent.split(";"))
    charsets = {part.partition("=")[2].strip('"') for part in parameters if CHARSET.match(part)}
    if media_type != JSON_TYPE or charsets - UTF_8:
        raise Problem(
            415,
            "content-type",
            f"Content-Type is {sent[:80]!r}; send the body as {JSON_TYPE} in UTF-8.",
            headers={"accept": JSON_TYPE},
        )


def _with_whole_numbers(schema: Schema, body: Any) -> Any:
    """A body whose whole numbers are such, however they are written: 20.0 is 20 in JSON Schema."""
    if not isinstance(body, dict):
        return body
    members = schema.get("properties", {})
    whole = {name for name, member in members.items() if member.get("type") == "integer"}
    return {
        name: int(value) if name in whole and _is_whole(value) else value
        for name, value in body.items()
    }


def _is_whole(value: Any) -> bool:
    return (
        isinstance(value, float | Decimal)
        and -LARGEST_WHOLE_NUMBER <= value <= LARGEST_WHOLE_NUMBER
        and value == int(value)
    )


def faults_of(schema: Schema, value: Any) -> Iterator[Fault]:
    """The faults of a JSON value by its schema, each at its place (RFC 6901)."""
    yield from _faults(schema, value, "")


def _raise(faults: list[Fault], kind: str) -> None:
    if not faults:
        return
    if len(faults) == 1:
        told = faults[0]["detail"]
    elif len(faults) <= MOST_FAULTS:
        told = f"There are {len(faults)} faults; errors has each."
    else:
        told = f"There are more than {MOST_FAULTS} faults; errors has the first of them."
    raise Problem(400, kind, told, errors=faults[:MOST_FAULTS])


def _parameter(known: Mapping[str, Parameter], name: str, text: str) -> Any:
    if name not in known:
        names = ", ".join(known) or "none"
        raise ValidationError(f"There is no parameter {name[:80]!r}; known are {names}.")
    schema = known[name].schema
    value = _READERS.get(schema.get("type", "string"), str)(text)
    for fault in _faults(schema, value, ""):
        raise ValidationError(f"{name}: {fault['detail']}")
    return value


def _faults(schema: Schema, value: Any, pointer: str) -> Iterator[Fault]:
    """The faults of a value by its schema, each at its place (RFC 6901)."""
    kind = schema.get("type")
    if kind is not None and type(value) not in KINDS[kind][1]:
        yield _fault(pointer, f"It is {_shown(value)}; it must be {KINDS[kind][0]}.")
        return
    if "enum" in schema and value not in schema["enum"]:
        words = ", ".join(map(str, schema["enum"]))
        yield _fault(pointer, f"It is {_shown(value)}; it must be one of {words}.")
    if kind == "string":
        yield from _text_faults(schema, value, pointer)
    if kind == "integer":
        yield from _number_faults(schema, value, pointer)
    if kind == "object":
        yield from _member_faults(schema, value, pointer)


def _text_faults(schema: Schema, value: str, pointer: str) -> Iterator[Fault]:
    if len(value) < schema.get("minLength", 0):
        yield _fault(pointer, "It is empty; leave it out, or say something.")
    longest = schema.get("maxLength")
    if longest is not None and len(value) > longest:
        yield _fault(pointer, f"It has {len(value):,} characters; at most {longest:,} fit.")
    try:
        checked_text(value, "It")
    except ValidationError as error:
        yield _fault(pointer, str(error))


def _number_faults(schema: Schema, value: int, pointer: str) -> Iterator[Fault]:
    low = schema.get("minimum", -LARGEST_WHOLE_NUMBER)
    high = schema.get("maximum", LARGEST_WHOLE_NUMBER)
    if not low <= value <= high:
        yield _fault(pointer, f"It is {_shown(value)}; it must be {low:,} to {high:,}.")


def _member_faults(schema: Schema, value: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    members = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield _fault(f"{pointer}/{name}", f"{name} is missing.")
    for name, member in value.items():
        place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')[:80]}"
        if name in members:
            yield from _faults(members[name], member, place)
        elif schema.get("additionalProperties") is False:
            yield _fault(place, f"There is no such member; known are {', '.join(members)}.")


def _fault(pointer: str, detail: str) -> Fault:
    name = pointer.rpartition("/")[2]
    named = f"{name}: {detail}" if name and not detail.startswith(name) else detail
    return {"detail": named, "pointer": f"#{pointer}"}


def _shown(value: Any) -> str:
    return to_json(value)[:80]


def _whole(text: str) -> Any:
    digits = text.removeprefix("-")
    is_whole = digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS
    return int(text) if is_whole else text


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": _whole,
    "boolean": lambda text: TRUTHS.get(text, text),
}
"""Text of a query as a value of a kind; the text itself if it is none."""
