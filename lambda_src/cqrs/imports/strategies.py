"""Import strategies: what makes items of the rows of a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.core.registration_arguments import refuse_unrun
from cqrs.errors import ConfigurationError, ValidationError
from cqrs.imports.keys import checked_target
from cqrs.imports.models import PublishMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cqrs.imports.models import ImportedItem


class ImportStrategy(Protocol):
    """Makes an item of a row.

    It may have two members more. ``validate(row)`` is called first, and raises what
    :meth:`transform` may raise. ``columns`` names the columns without which a file is refused.
    """

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        """Turn a row, text by column, into an item; the same row always into the same item.

        Raises
        ------
        ValidationError
            If the row cannot be one; the message says why, for whoever made the file.
        SkipRow
            If the row is not wanted; it is counted as skipped, and its reason kept.
        """


@dataclass(frozen=True, slots=True)
class Registration:
    """A target's strategy.

    Attributes
    ----------
    transform, validate
        Make and check an item.
    columns
        Columns that a file must have.
    publish_mode
        How rows become versions of their items, if a job does not say otherwise.
    """

    transform: Callable[[Mapping[str, str]], ImportedItem]
    validate: Callable[[Mapping[str, str]], object]
    columns: tuple[str, ...]
    publish_mode: PublishMode


class ImportStrategies:
    """The import strategies of an application."""

    def __init__(self) -> None:
        self._strategies: dict[str, Registration] = {}

    def register(
        self, target: str, strategy: type, publish_mode: PublishMode = PublishMode.SYNC
    ) -> None:
        """Add a strategy.

        Parameters
        ----------
        target
            The target that the rows are for.
        strategy
            A class with a method ``transform``, or a pydantic model with a method ``to_item``.
        publish_mode
            How rows become versions of their items.

        Raises
        ------
        ConfigurationError
            If the target has one already, the class is neither, or a call of one of its methods
            would not run it.
        """
        checked_target(target)
        if target in self._strategies:
            raise ConfigurationError(
                f"Import target {target!r} has two strategies; keep one of them."
            )
        self._strategies[target] = _registration(target, strategy, publish_mode)

    @property
    def targets(self) -> list[str]:
        """The targets that have a strategy."""
        return list(self._strategies)

    def of(self, target: str) -> Registration:
        """The strategy of a target.

        Raises
        ------
        ValidationError
            If there is none.
        """
        if target not in self._strategies:
            from cqrs.likely_names import did_you_mean  # noqa: PLC0415 - few are mistyped

            raise ValidationError(
                f"No import strategy is registered for target {target!r}; the application "
                "registers one with @application.import_strategy. Known are "
                f"{', '.join(sorted(self._strategies)) or 'none'}."
                f"{did_you_mean(target, self._strategies)}"
            )
        return self._strategies[target]


def _registration(target: str, strategy: type, publish_mode: PublishMode) -> Registration:
    if hasattr(strategy, "model_validate") and hasattr(strategy, "to_item"):
        _refuse_unrun(strategy.to_item)
        from cqrs.imports.row_models import RowModel  # noqa: PLC0415 - few strategies are one

        model = RowModel(strategy)
        return Registration(model.transform, _accept, model.columns, publish_mode)
    if not callable(getattr(strategy, "transform", None)):
        raise ConfigurationError(
            f"{strategy.__name__} cannot import {target!r}: give it a method transform(self, row), "
            "or make it a pydantic model with a method to_item(self)."
        )
    made = strategy()
    columns = tuple(getattr(made, "columns", ()))
    validate = getattr(made, "validate", _accept)
    _refuse_unrun(made.transform)
    _refuse_unrun(validate)
    return Registration(made.transform, validate, columns, publish_mode)


def _refuse_unrun(method: Any) -> None:
    refuse_unrun(method, "import_strategy")


def _accept(_row: Mapping[str, str]) -> None:
    """Validate nothing."""
