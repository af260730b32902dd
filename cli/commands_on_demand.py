"""A group whose commands are loaded when they are called.

Each module of ``cli/groups`` imports what its commands need. To import all of them would cost the
help, the completion and every command more than what most commands do.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from cli.catalogue import COMMANDS
from cli.command_group import CommandGroup

if TYPE_CHECKING:
    from typer._click.core import Command

PLAIN = None
"""Markup of the help: with Rich's, it would take twice as long."""


class CommandsOnDemand(CommandGroup):
    """The commands of the catalogue."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Loaded()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - of the overridden method
        """Names in the order of the catalogue."""
        return list(self.commands)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, which needs of each command no more than its line."""
        self._table_of_contents().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete names of commands and options, without loading a command."""
        from typer._click.shell_completion import CompletionItem  # noqa: PLC0415

        named = [
            CompletionItem(name, help=entry.summary)
            for name, entry in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        # The next class but one knows of options alone.
        return named + super(TyperGroup, self).shell_complete(ctx, incomplete)

    def _table_of_contents(self) -> CommandGroup:
        return CommandGroup(
            name=self.name,
            commands={
                name: TyperCommand(name, help=entry.summary) for name, entry in COMMANDS.items()
            },
            params=self.params,
            help=self.help,
            rich_markup_mode=self.rich_markup_mode,
        )


def registered_by(module: str) -> typer.Typer:
    """The commands of one module, which imports it."""
    app = typer.Typer(add_completion=False, rich_markup_mode=PLAIN)
    import_module(module).register(app)
    return app


class _Loaded(MutableMapping[str, "Command"]):
    """The commands of the catalogue by name, each loaded when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._loaded:
            self._loaded |= get_group(registered_by(COMMANDS[name].module)).commands
        return self._loaded[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise NotImplementedError("a command is taken out of the catalogue")

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)
