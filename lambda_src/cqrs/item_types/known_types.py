"""Items and their types, as services ask about them, in a process that knows the application."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.aws.application_code import application_code, ran
from cqrs.core.json_values import json_value
from cqrs.core.keys import item_type
from cqrs.core.texts import message_of
from cqrs.errors import TransientError, UpcasterFailed, ValidationError
from cqrs.storage.time_to_live import OVERRIDE_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.core.keys import ItemKey
    from cqrs.item_types.checks import ItemChecks
    from cqrs.item_types.registry import ItemTypes
    from cqrs.settings import Settings

PROJECTS_OWN = frozenset({OVERRIDE_TYPE})
"""Types that the project itself reads, and that nobody registers."""


class TypedItems(Protocol):
    """The answers that services need about types of items."""

    def newest(self, pk: str) -> int:
        """The newest version of the schema of a partition's type."""

    def check(self, key: ItemKey, attributes: Mapping[str, Any]) -> None:
        """See that attributes may be published.

        Raises
        ------
        InvalidItem
            If they do not fit the type.
        ValidationError
            If the type is unknown, and such are refused.
        """

    def upcast(self, key: ItemKey, attributes: dict[str, Any], version: int) -> dict[str, Any]:
        """Attributes that a version of the schema describes, as the newest does.

        Raises
        ------
        UpcasterFailed
            If an upcaster is missing, or fails.
        """

    def as_read(
        self, key: ItemKey, attributes: dict[str, Any], version: int
    ) -> tuple[dict[str, Any], int]:
        """Attributes as they are shown to whoever reads them, and the version of their schema."""


class KnownTypes:
    """The types that an application has registered.

    Parameters
    ----------
    types
        The application's.
    settings
        Whether other types are refused.
    """

    def __init__(self, types: ItemTypes, settings: Settings) -> None:
        self._types = types
        self._settings = settings
        self._checks: ItemChecks | None = None

    def newest(self, pk: str) -> int:
        """The newest version of the schema of a partition's type (no request)."""
        return self._types.newest(item_type(pk))

    def check(self, key: ItemKey, attributes: Mapping[str, Any]) -> None:
        """See that attributes may be published (no request)."""
        known = self._types.get(item_type(key.pk))
        if known is None:
            self._refuse_unknown(key)
            return
        if self._checks is None:
            from cqrs.item_types.checks import ItemChecks  # noqa: PLC0415 - states check nothing

            self._checks = ItemChecks()
        self._checks.check(known, key, attributes)

    def upcast(self, key: ItemKey, attributes: dict[str, Any], version: int) -> dict[str, Any]:
        """Attributes as the newest version of the schema describes them (no request)."""
        newest = self.newest(key.pk)
        for step in range(version, newest):
            attributes = self._next(key, attributes, step, newest)
        return attributes

    def as_read(
        self, key: ItemKey, attributes: dict[str, Any], version: int
    ) -> tuple[dict[str, Any], int]:
        """Upcast attributes; those of a version beyond the newest stay as they are."""
        return self.upcast(key, attributes, version), max(version, self.newest(key.pk))

    def _next(
        self, key: ItemKey, attributes: dict[str, Any], version: int, newest: int
    ) -> dict[str, Any]:
        name = item_type(key.pk)
        where = f"{key} is stored in version {version} of the schema of {name}, of {newest}"
        upcaster = self._types.upcaster(name, version)
        if upcaster is None:
            raise UpcasterFailed(
                f"{where}, and no upcaster leads on from there: register one with "
                f"@application.upcaster({name!r}, from_version={version}), and deploy."
            )
        try:
            with application_code(f"upcaster of {name} from version {version}"):
                made = ran(upcaster(deepcopy(attributes)))
            return dict(json_value(made, "its result"))
        except TransientError:
            raise
        except Exception as error:
            raise UpcasterFailed(
                f"{where}, and its upcaster from there failed. Mend it, and deploy. "
                f"({type(error).__name__}: {message_of(error)})"
            ) from error

    def _refuse_unknown(self, key: ItemKey) -> None:
        name = item_type(key.pk)
        if not self._settings.are_unknown_types_refused or name in PROJECTS_OWN:
            return
        from cqrs.likely_names import did_you_mean  # noqa: PLC0415 - few are mistyped

        names = [each.name for each in self._types]
        known = ", ".join(names) or "none"
        raise ValidationError(
            f"{key} is of the type {name}, which is not known. Known are {known}."
            f"{did_you_mean(name, names)} Register it with "
            f"application.item_type({name!r}, ...), or set unknown_types of [command] in the "
            'environment\'s file to "allow".'
        )


def refuse_newer(key: ItemKey, version: int, newest: int) -> None:
    """Refuse to publish on an item whose schema's version this code does not know.

    Raises
    ------
    ValidationError
        If the version is beyond the newest.
    """
    if version > newest:
        name = item_type(key.pk)
        raise ValidationError(
            f"{key} is stored in version {version} of the schema of {name}, and this code knows "
            f"versions to {newest}: a newer release wrote it. To publish on it would lose what "
            "that release has added. Deploy the newer release again, and publish then."
        )
