"""The content of an item at a version: from its data, its history or its command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.commands.models import CommandStatus
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from cqrs.core.keys import ItemKey
    from cqrs.items.data import DataItem
    from cqrs.services import Services


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a version.

    Attributes
    ----------
    version
        The version; 0 if there is nothing yet.
    name, attributes, is_deleted
        Its parts; None if there is nothing.
    note
        A remark about it; empty if it was applied, as most were.
    """

    version: int
    name: str | None = None
    attributes: dict[str, Any] | None = None
    is_deleted: bool | None = None
    note: str = ""

    def to_mapping(self) -> dict[str, Any]:
        """The same as JSON; empty if there is nothing."""
        if self.is_deleted is None:
            return {}
        return {"name": self.name, "attributes": self.attributes, "is_deleted": self.is_deleted}


def latest_content(services: Services, key: ItemKey) -> Content:
    """The latest version of an item that is applied.

    Raises
    ------
    NotFoundError
        If none is.
    """
    item = services.data.get(key.pk, key.sk)
    if item is None:
        raise NotFoundError(f"{key} has no data: no command of it has been applied yet.")
    return _of_state(item)


def version_content(services: Services, key: ItemKey, version: int) -> Content:
    """A version of an item, applied or not.

    Raises
    ------
    NotFoundError
        If there is none, or it is not kept any more.
    """
    if version == 0:
        return Content(0)
    latest = services.data.get(key.pk, key.sk)
    if latest is not None and latest.version == version:
        return _of_state(latest)
    if latest is not None and latest.version > version:
        state = services.history.get(key.pk, key.sk, version)
        if state is not None:
            return _of_state(state)
    return _of_command(services, key, version)


def _of_state(item: DataItem) -> Content:
    return Content(item.version, item.name, item.attributes, item.is_deleted)


def _of_command(services: Services, key: ItemKey, version: int) -> Content:
    command = services.commands.get(key.at(version))
    if command is None:
        raise NotFoundError(
            f"Version {version} of {key} is not to be had: it was never published, or history and "
            "command have expired. `cqrs history` lists the versions that are kept."
        )
    content = command.content
    is_applied = command.status is CommandStatus.FINISHED
    note = "" if is_applied else f"Version {version} is not applied: it is {command.status.value}."
    return Content(version, content.name, content.attributes, content.is_deleted, note)
