"""The story of an execution, and that of what somebody knows by a name or an id alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.explaining.commands import mend
from cli.explaining.evidence import HTTP_API
from cli.explaining.lines import SUBJECTS
from cli.explaining.narrator import Narrator
from cli.explaining.stories import Story
from cli.explaining.wanted import Wanted
from cqrs.approvals.models import ApprovalStatus
from cqrs.aws.log_lines import Level, Line
from cqrs.aws.step_functions import RUNNING, SUCCEEDED, execution_arn
from cqrs.core.keys import CommandKey
from cqrs.core.log_keys import APPROVAL, COMMAND, EXECUTION, ITEM, JOB, OPERATION, REFUSED, TASK
from cqrs.errors import NotFoundError, PermanentError, ValidationError
from cqrs.imports.keys import ImportKey
from cqrs.resources import StateMachine
from cqrs.tasks.keys import TaskKey

if TYPE_CHECKING:
    from cli.explaining.ways import Way


MOST_QUESTIONS = 100
"""Approval requests of a tenant that are looked through, the newest."""


class ExecutionNarrator(Narrator):
    """Tells stories of executions and requests."""

    def execution(self, machine: str, name: str) -> Story:
        """The story of an execution of a Standard machine.

        Raises
        ------
        NotFoundError
            If there is no such machine or execution.
        """
        known = self.connection.environment.standard_machines
        if machine not in known:
            raise NotFoundError(
                f"{machine!r:.80} has no executions that can be looked up; those of "
                f"{', '.join(known)} can. One of the Express lane is a command's: give its key."
            )
        way = self.evidence.way(machine, name)
        if way is None:
            listed = self.line("executions", "--machine", machine)
            raise NotFoundError(
                f"There is no execution {name} of {machine}; it was never started, or ended more "
                f"than 90 days ago. `{listed}` lists those that there are."
            )
        return self._of(way)

    def by_name(self, name: str, since: datetime) -> Story:
        """The story of an execution, or else of a request, of which only a name is known.

        Parameters
        ----------
        since
            From when on the log is searched for a request.

        Raises
        ------
        NotFoundError
            If neither is known.
        """
        for machine in self.connection.environment.standard_machines:
            try:
                way = self.evidence.way(machine, name)
            except PermanentError:
                break  # nothing that could name an execution
            if way is not None:
                return self._of(way)
        asked = self.evidence.access_lines(name, since)
        invocations = [line.invocation for line in asked if line.invocation]
        lines = self.evidence.lines(Wanted(request=name), since, None, invocations)
        if not lines and not asked:
            raise NotFoundError(
                f"{name!r:.80} names no execution, and no line of the logs has it as the id of an "
                f"API request or invocation since {since.isoformat(timespec='seconds')}. Give "
                "--since for an earlier one. A request that succeeded may have written no line: "
                "its answer names the command, task or import. By the request_id of a command, as "
                f"`cqrs publish` prints it, none is found: give its key, "
                f"`{self.line('explain')} PK SK@VERSION`."
            )
        story = self._request(name, [*asked, *lines])
        self.tell_refused(story)
        return story

    def _of(self, way: Way) -> Story:
        facts = self._facts(way)
        story = Story("execution", f"{way.machine}/{way.name}", way.status, facts)
        self.add(story, Wanted(executions=(way.name,)), [way], way.started, None)
        if way.status == RUNNING:
            place = f" in {way.visits[-1].state}" if way.visits else ""
            story.now = f"It is under way{place}."
            self._tell_questions(story, way)
            story.to_do += [self.line("logs", "--follow", "--execution", way.name)]
            return story
        story.now = f"It is over: {way.status}."
        if way.status != SUCCEEDED and story.faults:
            story.to_do.append(mend(story))
        subject = facts.get("works on")
        if subject:
            story.to_do.append(self.line("explain", keys=subject.split(" ")))
        elif way.status != SUCCEEDED:
            story.to_do.append(
                self.line("workflow", "start", way.machine, "--input", "JSON")
                + "  (with the input that `cqrs workflow status` shows)"
            )
        return story

    def _tell_questions(self, story: Story, way: Way) -> None:
        """Name the approval requests of an execution, as far as its input names their tenant."""
        tenant = way.given.get("tenant") if isinstance(way.given, dict) else None
        try:
            page = self.services.approvals.list_pending(tenant or "", limit=MOST_QUESTIONS)
        except ValidationError:
            return  # it names none
        arn = execution_arn(self.connection.settings.state_machine_arn(way.machine), way.name)
        keys = [
            str(one.key)
            for one in page.requests
            if one.execution == arn and one.status is ApprovalStatus.PENDING
        ]
        if keys:
            story.now = f"{story.now} Somebody has to answer {', '.join(keys)}."
        for key in keys:
            story.to_do += [
                self.line("approvals", "show", keys=[key]),
                self.line("approvals", "approve", keys=[key]),
                self.line("approvals", "reject", "--reason", "WHY", keys=[key]),
            ]

    def _facts(self, way: Way) -> dict[str, Any]:
        """The subject of an execution, as its input tells."""
        named = way.given[0] if isinstance(way.given, list) and way.given else way.given
        kinds = {
            StateMachine.COMMAND: lambda one: CommandKey.parse(one["pk"], one["sk"]),
            StateMachine.TASK: lambda one: TaskKey.from_mapping(one).parent,
            StateMachine.IMPORT_CSV: ImportKey.from_mapping,
        }
        read = kinds.get(way.machine)  # type: ignore[call-overload]
        try:
            return {"works on": str(read(named))} if read is not None else {}
        except (ValidationError, KeyError, TypeError):
            return {}

    def _request(self, name: str, lines: list[Line]) -> Story:
        subjects = {key: value for line in lines for key, value in line.keys.items()}
        facts = {key: subjects[key] for key in (OPERATION, *SUBJECTS) if key in subjects}
        status, now = _end(lines)
        story = Story("request", name, status, facts)
        self._add_lines(story, lines)
        story.now = now
        for key in (COMMAND, TASK, JOB, APPROVAL, ITEM, EXECUTION):
            if key in facts:
                words = str(facts[key]).split(" ") if key in {COMMAND, ITEM} else [str(facts[key])]
                story.to_do.append(self.line("explain", keys=words))
        if story.faults:
            story.to_do.insert(0, mend(story, "" if story.to_do else "send the request again"))
        return story


def _end(lines: list[Line]) -> tuple[str, str]:
    """Status of a request and its end in a sentence, as far as its lines have them."""
    answered = next((line for line in lines if line.source == HTTP_API), None)
    refused = next((line for line in lines if line.message == REFUSED), None)
    reason = "" if refused is None else f": {refused.keys.get('reason', '')}"
    if answered is not None:
        asked, _, status = answered.message.rpartition(": ")
        return status, f"The API answered {asked} with {status}{reason or '.'}"
    if refused is not None:
        status = str(refused.keys.get("status", ""))
        asked = str(refused.keys.get(OPERATION) or "the request")
        return status, f"The API answered {asked} with {status}{reason}"
    told = [line for line in lines if line.level.rank > Level.DEBUG.rank]
    if told:
        return told[-1].level.value, f"Its last line: {told[-1].message}"
    return "called", "No line says how it ended: at its level, the log has failures alone."
