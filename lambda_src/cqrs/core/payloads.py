"""The payload of a direct call, checked against the parameters of the action that it is for."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any

from cqrs.core.texts import checked_text
from cqrs.errors import ValidationError

LARGEST_WHOLE_NUMBER = 2**53 - 1
"""Up to here every reader of JSON keeps a number exact (RFC 8259, section 6)."""

SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of JSON value.

    Attributes
    ----------
    words
        Its name.
    types
        Python's types of it, just these: a bool is not an int here.
    """

    words: str
    types: tuple[type, ...]


TEXT = Kind("text", (str,))
WHOLE_NUMBER = Kind("a whole number", (int,))
OBJECT = Kind("an object", (dict,))
LIST = Kind("a list", (list,))

KINDS: dict[Any, Kind] = {
    str: TEXT,
    bool: Kind("true or false", (bool,)),
    int: WHOLE_NUMBER,
    float: Kind("a number", (int, float)),
    dict: OBJECT,
    Mapping: OBJECT,
    list: LIST,
    Sequence: LIST,
    NoneType: Kind("null", (NoneType,)),
}
"""By annotation; a parameter with any other annotation takes any value."""


def checked_payload(name: str, action: Callable[..., Any], payload: Any) -> dict[str, Any]:
    """Check that a payload fits the parameters of an action, by name and by kind.

    Parameters
    ----------
    name
        The action's name, for the error.
    action
        The action that is called with the payload's keys as its parameters.
    payload
        The payload, as the caller sent it.

    Raises
    ------
    ValidationError
        If it does not fit; the message says what the action takes.
    """
    if not isinstance(payload, dict):
        raise ValidationError(
            f"The payload of action {name!r} is a {type(payload).__name__}; it must be an object. "
            f"{_takes(action)}"
        )
    try:
        inspect.signature(action).bind(**payload)
    except TypeError as error:
        raise ValidationError(
            f"The payload of action {name!r} does not fit: {error}. {_takes(action)}"
        ) from None
    kinds = kinds_of(action)
    for key, value in payload.items():
        _refuse_other_kind(f"{key} of action {name!r}", value, kinds.get(key, ()))
    return dict(payload)


def _refuse_other_kind(where: str, value: Any, kinds: Sequence[Kind]) -> None:
    if kinds and not any(type(value) in kind.types for kind in kinds):
        shown = repr(value)[:SHOWN_LENGTH]
        raise ValidationError(f"{where} is {shown}; it must be {_words(kinds)}.")
    if isinstance(value, str):
        checked_text(value, where)
    if type(value) is int and kinds and abs(value) > LARGEST_WHOLE_NUMBER:
        raise ValidationError(f"{where} is beyond {LARGEST_WHOLE_NUMBER:,}; send a smaller number.")


def kinds_of(action: Callable[..., Any]) -> dict[str, tuple[Kind, ...]]:
    """The kinds of value that each parameter of an action takes; without those that take any."""
    try:
        hints = typing.get_type_hints(action)
    except NameError:
        # A name that only the type checker imports; then the action looks for itself.
        return {}
    alternatives = {parameter: _alternatives(hint) for parameter, hint in hints.items()}
    return {
        parameter: tuple(KINDS[hint] for hint in hints)
        for parameter, hints in alternatives.items()
        if all(hint in KINDS for hint in hints)
    }


def _alternatives(hint: Any) -> list[Any]:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, UnionType):
        return [found for part in typing.get_args(hint) for found in _alternatives(part)]
    return [origin or hint]


def _takes(action: Callable[..., Any]) -> str:
    """Tell a caller what an action takes."""
    kinds = kinds_of(action)
    parameters = [
        f"{parameter.name} ({_words(kinds.get(parameter.name, ()))})"
        + ("" if parameter.default is inspect.Parameter.empty else ", which may be left out")
        for parameter in inspect.signature(action).parameters.values()
    ]
    return f"It takes {'; '.join(parameters) or 'nothing'}."


def _words(kinds: Sequence[Kind]) -> str:
    return " or ".join(kind.words for kind in kinds) or "any value"
