"""Pydantic models as import strategies; an application that has none never imports this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import ValidationError
from cqrs.imports.csv.errors_file import OTHER_OWN_COLUMNS, OWN_COLUMNS, is_errors_file
from cqrs.imports.model_reasons import model_reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.imports.models import ImportedItem

NOTES = frozenset({*OWN_COLUMNS, *OTHER_OWN_COLUMNS})


class RowModel:
    """A pydantic model as a strategy; an empty cell counts as missing.

    One that forbids columns that it does not know takes an errors file all the same.

    Parameters
    ----------
    model
        The model, which has a method ``to_item``.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        forbids = model.model_config.get("extra") == "forbid"
        self._left_out = NOTES - _names(model) if forbids else frozenset()

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        """Turn a row into an item.

        Raises
        ------
        ValidationError
            If the model refuses it.
        """
        left_out = self._left_out if is_errors_file(list(row)[:2]) else frozenset()
        given = {name: text for name, text in row.items() if text != "" and name not in left_out}
        try:
            parsed = self._model.model_validate(given)
        except ValueError as error:
            raise ValidationError(model_reasons(error, given)) from None
        item: ImportedItem = parsed.to_item()
        return item

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the fields that are required, if one column alone can give the field."""
        config = self._model.model_config
        names = (_column(name, info, config) for name, info in _required(self._model))
        return tuple(name for name in names if name is not None)


def _names(model: Any) -> frozenset[str]:
    """All by which a model's fields may be given."""
    aliases = [info.validation_alias or info.alias for info in model.model_fields.values()]
    choices = [choice for alias in aliases for choice in getattr(alias, "choices", [alias])]
    return frozenset([*model.model_fields, *(name for name in choices if isinstance(name, str))])


def _required(model: Any) -> list[tuple[str, Any]]:
    return [(name, info) for name, info in model.model_fields.items() if info.is_required()]


def _column(name: str, info: Any, config: Mapping[str, Any]) -> str | None:
    alias = info.validation_alias or info.alias
    if alias is None or not config.get("validate_by_alias", True):
        return name
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    return None if by_name or not isinstance(alias, str) else alias
