"""Pydantic models of item types: the schemas that they make, and the validators that they have.

This imports a model, and pydantic with it. The function does so only for types that ask for their
model's validators, and then a layer has to bring pydantic.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cqrs.aws.application_code import application_code
from cqrs.core.json_text import to_json
from cqrs.core.model_reasons import MISSING, UNKNOWN, reason_of, refusal
from cqrs.core.texts import message_of
from cqrs.errors import ConfigurationError
from cqrs.item_types.paths import Problem
from cqrs.item_types.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def model_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a model, as of what it takes.

    Parameters
    ----------
    name
        The model, as ``module:Model``.

    Raises
    ------
    ConfigurationError
        If there is no such model, or it has a part that JSON Schema has no form for.
    """
    model = _imported(name)
    try:
        schema: dict[str, Any] = model.model_json_schema()
    except Exception as error:
        raise ConfigurationError(
            f"{name} makes no JSON Schema: {type(error).__name__}: {message_of(error)}"
        ) from error
    return schema


def model_problems(name: str, attributes: Mapping[str, Any]) -> Iterator[Problem]:
    """Everything that a model refuses in attributes, its own validators included.

    Raises
    ------
    ConfigurationError
        If there is no such model.
    """
    model = _imported(name)
    try:
        with application_code():
            # As JSON, so that a strict model takes text for a date, as its schema does.
            model.model_validate_json(to_json(attributes))
    except ValueError as error:
        if not hasattr(error, "errors"):
            yield Problem((), f"are refused: {message_of(error)}")
            return
        for found in error.errors():
            yield Problem(tuple(found["loc"]), _message(found))


def _message(found: Mapping[str, Any]) -> str:
    if found["type"] == MISSING:
        return "is missing"
    if found["type"] == UNKNOWN:
        return "is unknown"
    reason = reason_of(found)
    return refusal(shown(found["input"]), reason) if found["loc"] else f"are refused: {reason}"


def _imported(name: str) -> Any:
    module, _, path = name.partition(":")
    try:
        found: Any = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        raise ConfigurationError(_missing(name, error)) from error
    except AttributeError:
        raise ConfigurationError(
            f"There is no {path} in {module}: mend the name of the model, {name!r}."
        ) from None
    if not hasattr(found, "model_json_schema"):
        raise ConfigurationError(
            f"{name} is not a pydantic model: derive it from pydantic.BaseModel, or name another."
        )
    return found


def _missing(name: str, error: ModuleNotFoundError) -> str:
    if error.name in {"pydantic", "pydantic_core"}:
        return (
            f"{name} needs {error.name}, which the function lacks. Name a layer with it in "
            "`layers` of [function] in the environment's file, or leave out validators=True of its "
            "item type."
        )
    return f"{name} cannot be imported: {error}."
