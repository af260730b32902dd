"""A story on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.explaining.graphs import drawn
from cli.explaining.places import CHANGED
from cqrs.core.observability import FAULT, TRACEBACK

if TYPE_CHECKING:
    from cli.explaining.stories import Story
    from cli.terminal.output import Output

MOST_FRAMES = 12
"""Lines of a traceback that are shown, the last ones."""


def show(output: Output, story: Story, *, with_graph: bool) -> None:
    """Print a story: the fault first, then all that happened, its stand, and what to do."""
    if output.as_json:
        output.document(story.to_mapping(with_graph=with_graph))
        return
    output.note(f"{story.kind} {story.subject}: {story.status}")
    for fault in story.faults:
        _show_fault(output, fault)
    facts = {name: value for name, value in story.facts.items() if value not in (None, "")}
    if facts:
        output.note("\nWhat it is:")
        output.record(facts)
    _show_moments(output, story)
    if story.waits:
        output.note("\nWho waits for whom, the first one first:")
        output.rows("commands", story.waits, ("key", "status", "why"), whole=("key",))
    if with_graph:
        _show_graphs(output, story)
    for one in story.unknown:
        output.note(f"\nNot known: {one}")
    output.note(f"\nNow: {story.now}")
    if story.to_do:
        output.note("\nNext:")
    for one in story.to_do:
        output.note(f"  {one}")


def _show_fault(output: Output, fault: dict[str, Any]) -> None:
    times = "" if fault["times"] == 1 else f", {fault['times']} times"
    where = f" in {fault['handler']}" if "handler" in fault else ""
    reason = f": {fault['reason']}" if fault.get("reason") else ""
    output.note(f"\n{fault.get('error', 'An error')}{reason}{where}{times}, last at {fault['at']}")
    if fault[FAULT]:
        changed = "  (this line was changed since, in this clone)" if fault.get(CHANGED) else ""
        output.note(f"at {fault[FAULT]}{changed}")
    for line in fault[TRACEBACK][-MOST_FRAMES:]:
        output.note(f"  {line}")


def _show_moments(output: Output, story: Story) -> None:
    rows = [one.to_mapping() for one in story.in_order()]
    if not rows:
        return
    day = rows[0]["at"][:10]
    is_one_day = all(row["at"].startswith(day) for row in rows)
    for row in rows:
        at = row["at"].removesuffix("+00:00")
        row["at"] = at[11:] if is_one_day else at
    output.note(f"\nWhat happened{f' on {day}' if is_one_day else ''}, UTC:")
    output.rows("moments", rows, ("at", "who", "what", "detail"), whole=("at",))


def _show_graphs(output: Output, story: Story) -> None:
    for way in story.ways:
        lines = drawn(way)
        output.note(f"\n{way.machine}/{way.name}: {way.status}")
        for line in lines or ["(its definition cannot be read: docs/permissions.md)"]:
            output.note(line)
    if not story.ways:
        output.note("\nIt has no execution whose way could be drawn.")
