"""Finding out whether the application would take a part, before it is written."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cli.scaffolding.writing import NothingWritten
from cqrs.errors import ConfigurationError

if TYPE_CHECKING:
    from cli.scaffolding.part import Part
    from cqrs.application import Application


def refuse_taken(part: Part) -> None:
    """Register a part as its files will, in this process alone.

    Raises
    ------
    NothingWritten
        If its name is taken or reserved, or the application cannot be imported.
    """
    from stacks.asl import DefinitionError  # noqa: PLC0415 - neither help nor wrong usage need it

    application = _application()
    try:
        part.attempt(application)
    except (ConfigurationError, DefinitionError) as error:
        raise NothingWritten(
            f"The application would refuse it, so nothing was written: {error}"
        ) from None


@cache
def _application() -> Application:
    """The application as it was when it was first asked for, with all that it declares."""
    # Neither help nor wrong usage need these.
    from stacks.asl import DefinitionError  # noqa: PLC0415
    from stacks.declarations.modules import (  # noqa: PLC0415
        BrokenModuleError,
        import_application,
        import_module,
    )

    try:
        import_module("app")
        import_application()
    except (BrokenModuleError, ConfigurationError, DefinitionError) as error:
        raise NothingWritten(f"Nothing was written: {error}") from None
    from app.registry import application  # noqa: PLC0415 - it may be broken

    return application
