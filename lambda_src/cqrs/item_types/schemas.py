"""The schemas of item types, wherever they come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import from_json
from cqrs.errors import ConfigurationError
from cqrs.item_types.keywords import checked_schema
from cqrs.resources import MODEL_SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.item_types.item_type import ItemType
    from cqrs.item_types.keywords import Schema

CODE = Path(__file__).resolve().parents[2]
"""Folder of the function's code: ``lambda_src`` in a clone, the package on Lambda."""


def schema_of(item_type: ItemType, code: Path = CODE) -> Schema:
    """The schema of a type, of which everything is checked.

    Parameters
    ----------
    item_type
        The type.
    code
        Folder of the function's code, in which a file's path begins.

    Raises
    ------
    ConfigurationError
        If it cannot be read, or has something that is not checked.
    """
    where = f"The schema of item type {item_type.name!r}"
    return checked_schema(_given(item_type, code, where), where)


def _given(item_type: ItemType, code: Path, where: str) -> Any:
    if item_type.model is not None:
        return _of_model(item_type.model, code)
    if isinstance(item_type.source, str):
        return _read(code / item_type.source, where)
    return item_type.source


def _of_model(model: str, code: Path) -> Any:
    """The schema of a model: the package's, and in a clone what the model says."""
    packaged = code / MODEL_SCHEMAS
    if not packaged.exists():
        from cqrs.item_types.models import model_schema  # noqa: PLC0415 - it imports the model

        return model_schema(model)
    schemas: Mapping[str, Any] = _read(packaged, "The package's schemas")
    if model not in schemas:
        raise ConfigurationError(
            f"The package has no schema of {model}: no item type named it when the package was "
            "built. Register item types when modules are imported, and deploy again."
        )
    return schemas[model]


def _read(file: Path, where: str) -> Any:
    try:
        return from_json(file.read_bytes(), unique_keys=True)
    except OSError as error:
        raise ConfigurationError(
            f"{where} cannot be read from {file}: {error.strerror}. The path of a JSON file begins "
            'in lambda_src, as in "app/airport.json".'
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"{where} is not JSON, in {file}: {error}.") from None
