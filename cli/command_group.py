"""A group of commands, its help, and what it says of a command that it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup
from typer.exceptions import TyperException

from cqrs.likely_names import did_you_mean

if TYPE_CHECKING:
    from typer._click.core import Command


class CommandGroup(TyperGroup):
    """Shows the first paragraph about each command whole, and suggests a name for a mistyped one.

    Typer cuts the paragraph off, and suggests commands and options in words of its own each.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "suggest_commands": False})

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line, or more, about each command."""
        rows = [
            (name, _first_paragraph(command))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: Any, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the command, or say which one may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except TyperException as error:
            if self.get_command(ctx, args[0]) is None:
                error.message += did_you_mean(args[0], self.list_commands(ctx))
            raise


def _first_paragraph(command: Command) -> str:
    paragraph, _, _ = (command.help or "").partition("\n\n")
    return " ".join(paragraph.split())
