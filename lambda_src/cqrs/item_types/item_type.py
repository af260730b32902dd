"""A type of item, as an application declares it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cqrs.core.item_content import FIRST_SCHEMA_VERSION
from cqrs.core.keys import RESERVED_TYPES
from cqrs.errors import ConfigurationError

MODEL_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
"""``package.module:Model``, as entry points are written."""

FILE_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class ItemType:
    """A type of item.

    Attributes
    ----------
    name
        The type, as partition keys begin with it.
    source
        The origin of its schema: ``module:Model``, the path of a JSON file, or the schema.
    version
        The newest version of its schema.
    has_validators
        Whether the model's own validators are run too, which takes pydantic.
    """

    name: str
    source: str | Mapping[str, Any]
    version: int
    has_validators: bool = False

    @property
    def model(self) -> str | None:
        """Name of its pydantic model; None if it has a JSON Schema of its own."""
        is_model = isinstance(self.source, str) and not self.source.endswith(FILE_SUFFIX)
        return str(self.source) if is_model else None

    def checked(self) -> ItemType:
        """The same, if it can be one.

        Raises
        ------
        ConfigurationError
            If its name is reserved, or its schema or version cannot be one.
        """
        name = self.name
        if not name or name.startswith(RESERVED_TYPES):
            raise ConfigurationError(
                f"No item type can be called {name!r}: give it the text before the # of its "
                f"partition keys, which does not begin with {RESERVED_TYPES}."
            )
        _refuse_bad_source(self)
        refuse_bad_version(f"The version of item type {name!r}", self.version)
        if self.has_validators and self.model is None:
            raise ConfigurationError(
                f"Item type {name!r} has a JSON Schema, which has no validators: leave out "
                "validators=True, or name a pydantic model."
            )
        return self


def _refuse_bad_source(item_type: ItemType) -> None:
    source, name = item_type.source, item_type.name
    if isinstance(source, type):
        raise ConfigurationError(
            f"Item type {name!r} was given the class {source.__name__}: give its name as text, "
            f'"{source.__module__}:{source.__qualname__}". The function starts without its module, '
            "and without pydantic."
        )
    if isinstance(source, Mapping) or (isinstance(source, str) and source.endswith(FILE_SUFFIX)):
        return
    if not (isinstance(source, str) and MODEL_NAME.fullmatch(source)):
        raise ConfigurationError(
            f"Item type {name!r} was given {source!r:.80} for its schema. Give the name of a "
            'pydantic model, as in "app.models:Airport". Or give a JSON Schema, or the path of its '
            'file, as in "app/airport.json".'
        )


def refuse_bad_version(what: str, version: object) -> None:
    """Refuse other things than a version of a schema.

    Raises
    ------
    ConfigurationError
        If it is not a whole number from 1.
    """
    if type(version) is not int or version < FIRST_SCHEMA_VERSION:
        raise ConfigurationError(f"{what} is {version!r:.80}; it must be a whole number from 1.")
