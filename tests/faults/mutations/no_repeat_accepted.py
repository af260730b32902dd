"""A write that meets what it has written itself is refused."""

from __future__ import annotations

from typing import Any

from cqrs.commands.data_writer import DataWriter
from cqrs.errors import VersionAlreadyApplied


def refuse(_self: DataWriter, command: dict[str, Any]) -> None:
    raise VersionAlreadyApplied(f"a mistake of the test: {command['sk']}")


DataWriter._accept_repeat = refuse  # type: ignore[method-assign]
