"""A group of commands of which one needs not be named."""

from __future__ import annotations

from typing import Any

from cli.command_group import CommandGroup

DEFAULT = "run"


class DefaultCommandGroup(CommandGroup):
    """Takes words that are not a command of it for the arguments of its command ``run``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the command that was left out."""
        named = {*self.commands, *ctx.help_option_names}
        if args and args[0] not in named:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)
