"""The story of a command, and that of an item, which is the story of its latest commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cli.explaining.narrator import Narrator
from cli.explaining.places import CHANGED
from cli.explaining.stories import Story, parsed
from cli.explaining.wanted import Wanted
from cqrs.aws.step_functions import RUNNING
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import CommandStatus, SyncMode
from cqrs.core.keys import VERSION_SEPARATOR, CommandKey, ItemKey
from cqrs.core.observability import CODE, FAULT
from cqrs.core.versions import version_of
from cqrs.errors import NotFoundError, PredecessorFailed, ValidationError
from cqrs.resources import StateMachine

if TYPE_CHECKING:
    from cli.explaining.ways import Way
    from cqrs.commands.models import Command

MOST_BEFORE = 20
MOST_BEHIND = 5
"""Commands of one chain that are looked at, before a command and behind it."""

MOST_ATTEMPTS = 3
"""Attempts whose executions are looked at, the last ones."""

MOST_VERSIONS = 10
"""Versions of an item that its story has, the last ones."""


class CommandNarrator(Narrator):
    """Tells stories of commands and items."""

    def command(self, key: CommandKey) -> Story:
        """The story of a command.

        Raises
        ------
        NotFoundError
            If there is no such command.
        ValidationError
            If its item is damaged.
        """
        command = self._existing(key)
        story = Story("command", str(key), command.status.value, self._facts(command))
        self._tell_life(story, command, "")
        self._tell_chain(story, command)
        self._add_evidence(story, command)
        root = self._root(command)
        if root.key != command.key:
            self._add_faults_of(story, root)
        self._tell_stand(story, command, root)
        return story

    def item(self, key: ItemKey) -> Story:
        """The story of an item: what became of its latest commands.

        Raises
        ------
        NotFoundError
            If nothing was published of it.
        """
        item = self.services.store.get(self.connection.settings.data_table, key.pk, key.sk)
        version = version_of(item)
        commands = list(self._latest(key, version))
        if item is None and not commands:
            raise NotFoundError(
                f"Nothing was published of {key}. `{self.line('get', keys=(key.pk, key.sk))}` "
                f"would show it: look at tenant and id, letter for letter.{_no_version(key)}"
            )
        story = Story("item", str(key), f"at version {version}", {"version": version})
        for command in commands:
            self._tell_life(story, command, f"@{command.version} ")
        story.waits = [_waiting(command) for command in commands if not _is_over(command)]
        open_ones = [one for one in commands if one.status is not CommandStatus.FINISHED]
        if not open_ones:
            story.now = f"Version {version} is applied, and nothing is under way."
            story.to_do = [self.line("history", keys=(key.pk, key.sk))]
            return story
        first = open_ones[0]
        self._add_evidence(story, first)
        self._tell_stand(story, first, self._root(first))
        return story

    def _existing(self, key: CommandKey) -> Command:
        command = self.services.repair.find(key)
        if command is not None:
            return command
        item = self.services.store.get(self.connection.settings.data_table, key.pk, key.base)
        version = version_of(item)
        applied = f"Its item is at version {version}, so it was applied, and has expired since. "
        raise NotFoundError(
            f"There is no command {key}. "
            f"{applied if item is not None and version >= key.version else ''}"
            f"What there is of its item: `{self.line('explain', keys=(key.pk, key.base))}`."
        )

    def _facts(self, command: Command) -> dict[str, Any]:
        said = "verified" if command.is_author_verified else "as the caller says"
        by = f"{command.created_by} ({said})" if command.created_by else "nobody was named"
        lane = "express" if self.connection.settings.are_commands_express else "standard"
        is_sync = command.sync_mode is SyncMode.SYNC
        return {
            "published by": by,
            "applied by": "its publisher" if is_sync and not command.attempt else f"{lane} lane",
            "request_id": command.request_id,
            "attempt": command.attempt,
        }

    def _tell_life(self, story: Story, command: Command, version: str) -> None:
        who = command.created_by or "a publisher"
        story.tell(command.created_at, who, f"{version}published")
        if command.attempt:
            again = f"attempt {command.attempt}"
            story.tell(command.restarted_at, "a retry", f"{version}started again", again)
        reason = f"{command.error}: {command.cause}" if command.error else ""
        story.tell(command.finished_at, "commands", f"{version}{command.status.value}", reason)

    def _tell_chain(self, story: Story, command: Command) -> None:
        before = [one for one in self._before(command) if not _is_over(one)]
        behind = list(self._behind(command))
        if before or behind:
            story.waits = [_waiting(one) for one in (*before[::-1], command, *behind)]

    def _before(self, command: Command) -> Iterator[Command]:
        """Commands before one, the nearest first, up to one that is applied."""
        key = command.key.predecessor
        for _ in range(MOST_BEFORE):
            found = None if key is None else self._found(key)
            if found is None or found.status is CommandStatus.FINISHED:
                return
            yield found
            key = found.key.predecessor

    def _behind(self, command: Command) -> Iterator[Command]:
        for version in range(command.version + 1, command.version + 1 + MOST_BEHIND):
            found = self._found(command.key.item.at(version))
            if found is None:
                return
            if not _is_over(found):
                yield found

    def _latest(self, key: ItemKey, version: int) -> Iterator[Command]:
        first = max(version - MOST_VERSIONS // 2, 1)
        for number in range(first, first + MOST_VERSIONS):
            found = self._found(key.at(number))
            if found is not None:
                yield found
            elif number > version:
                return

    def _found(self, key: CommandKey) -> Command | None:
        try:
            return self.services.repair.find(key)
        except ValidationError:
            return None  # `cqrs doctor` reports it

    def _root(self, command: Command) -> Command:
        """The command that failed by itself, and took those behind it with it."""
        root = command
        if command.error == PredecessorFailed.__name__:
            for one in self._before(command):
                if one.status is CommandStatus.FAILED:
                    root = one
        return root

    def _add_evidence(self, story: Story, command: Command) -> None:
        ways = self._ways(command)
        began = command.created_at
        self.add(story, self._wanted(command, ways), ways, began, command.finished_at)

    def _add_faults_of(self, story: Story, command: Command) -> None:
        ways = self._ways(command)
        other = Story("command", str(command.key), command.status.value)
        began = command.created_at
        self.add(other, self._wanted(command, ways), ways, began, command.finished_at)
        story.faults += other.faults

    def _wanted(self, command: Command, ways: list[Way]) -> Wanted:
        names = tuple(way.name for way in ways)
        return Wanted(work=command.key.address, executions=names)

    def _ways(self, command: Command) -> list[Way]:
        """Executions of the last attempts, whichever lane they were in."""
        ways: list[Way] = []
        for attempt in range(max(command.attempt + 1 - MOST_ATTEMPTS, 0), command.attempt + 1):
            name = command_execution_name(command.key, command.request_id, attempt)
            way = self.evidence.way(StateMachine.COMMAND, name)
            ways += [] if way is None else [way]
        if not ways and self.connection.settings.are_commands_express:
            began = parsed(command.created_at, str(command.key))
            return [] if began is None else self.evidence.express_ways(command.key, began)
        return ways

    def _tell_stand(self, story: Story, command: Command, root: Command) -> None:
        key = command.key
        if command.status is CommandStatus.FINISHED:
            story.now = f"It is applied: {key.item} became version {key.version} by it."
            story.to_do = [self.line("get", keys=(key.pk, key.base))]
        elif command.status is CommandStatus.FAILED:
            self._tell_failed(story, command, root)
        else:
            self._tell_under_way(story, command)

    def _tell_failed(self, story: Story, command: Command, root: Command) -> None:
        if root.key != command.key:
            story.now = (
                f"{command.key} is not applied, because {root.key} failed before it with "
                f"{root.error}: {root.cause}"
            )
            story.to_do.append(self.line("explain", keys=(root.pk, root.key.sk)))
        else:
            story.now = (
                f"{command.key} failed, and its item is at version {self._version(command)}."
            )
        try:
            obstacle = self.services.repair.obstacle(root.key)
        except ValidationError as damage:
            obstacle = damage
        if obstacle is not None:
            story.to_do.append(str(obstacle))
            return
        if story.faults:
            story.to_do.append(mend(story))
        story.to_do.append(self.line("retry", keys=(root.pk, root.key.sk)))

    def _version(self, command: Command) -> int:
        table = self.connection.settings.data_table
        return version_of(self.services.store.get(table, command.pk, command.sk))

    def _tell_under_way(self, story: Story, command: Command) -> None:
        key = command.key
        behind = self.services.command_starter.left_to(command)
        follow = self.line("logs", "--follow", "--command", str(key))
        if behind is not None:
            story.now = f"{key} waits behind {behind}, whose end starts it."
            story.to_do = [self.line("explain", keys=(behind.pk, behind.sk)), follow]
            return
        status = self.services.command_executions.status(command)
        if status == RUNNING:
            visits = story.ways[-1].visits if story.ways else []
            place = f" in {visits[-1].state}" if visits else ""
            story.now = f"{key} is under way{place}."
            story.to_do = [follow]
        else:
            ended = "it has no execution" if status is None else f"its execution is {status}"
            story.now = f"{key} is not over, and {ended}: nobody works on it."
            story.to_do = [self.line("doctor", "--fix"), self.line("retry", keys=(key.pk, key.sk))]


def mend(story: Story, then: str = "") -> str:
    """The advice about the last error in the application's code.

    Parameters
    ----------
    then
        The step behind it; empty if the next advice says that.
    """
    fault = story.faults[-1]
    if fault.get(CHANGED):
        end = f", {then}." if then else ":"
        return f"{fault[FAULT]} was changed since, in this clone. If that is deployed{end}"
    place = fault.get(FAULT) or "the handler"
    end = f" {then}." if then else ":"
    if fault.get(CODE, "").startswith("raise "):
        return f"{place} refused this: mend what it was given, or the code, and deploy; then{end}"
    code = f", which says `{fault[CODE]}`" if fault.get(CODE) else ""
    return f"Mend {place}{code}, and deploy; then{end}"


def _is_over(command: Command) -> bool:
    return command.status is CommandStatus.FINISHED


def _no_version(key: ItemKey) -> str:
    """Advice to somebody who may have meant a command; empty if nothing looks like one."""
    if VERSION_SEPARATOR not in key.sk:
        return ""
    return (
        f" It was read as an item's key: that of a command ends in {VERSION_SEPARATOR} and a "
        "version of 1 or more."
    )


def _waiting(command: Command) -> dict[str, str]:
    word = {
        CommandStatus.PUBLISHED: "under way, or waits for those before it",
        CommandStatus.FAILED: f"{command.error}: {command.cause}",
        CommandStatus.FINISHED: "applied",
    }[command.status]
    return {"key": str(command.key), "status": command.status.value, "why": word}
