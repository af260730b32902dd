"""A console whose text cannot steer the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from cli.terminal.escapes import escaped


class SafeConsole(Console):
    """Escapes all text that it draws; its own control sequences are not text.

    Markup, which a name such as ``[red]`` would be, is not interpreted.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as rich does, and escape what comes of it."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else self._safe(segment)

    def _safe(self, segment: Segment) -> Segment:
        lines = segment.text.split("\n")
        return Segment(
            "\n".join(escaped(line, self.encoding) for line in lines), segment.style, None
        )
