"""The stories of tasks, imports and approval requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.explaining.commands import mend
from cli.explaining.narrator import Narrator
from cli.explaining.stories import Story
from cli.explaining.subjects import MACHINE_PART
from cli.explaining.wanted import Wanted
from cqrs.approvals.models import ApprovalStatus
from cqrs.errors import NotFoundError
from cqrs.imports.executions import import_execution_name
from cqrs.imports.models import ImportStatus, ProcessingMode
from cqrs.resources import StateMachine
from cqrs.states import TaskState
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.models import TaskKind, TaskStatus

if TYPE_CHECKING:
    from cli.explaining.ways import Way
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import ImportJob
    from cqrs.tasks.keys import TaskKey
    from cqrs.tasks.models import TaskSnapshot

MOST_ATTEMPTS = 3


class WorkNarrator(Narrator):
    """Tells stories of work that people follow by an id."""

    def task(self, key: TaskKey) -> Story:
        """The story of a task or sub-task.

        Raises
        ------
        NotFoundError
            If there is no such task.
        """
        task = self.services.tasks.get(key)
        if task is None:
            tenant = self.line("task", "list", "--tenant", key.tenant)
            raise NotFoundError(
                f"There is no task {key}; it was never made, or has expired. `{tenant}` lists "
                "those that there are."
            )
        counts = {} if task.counters is None else task.counters.to_mapping()
        facts = {"made by": _by(task.created_by), "type": key.task_type, "attempt": task.attempt}
        story = Story("task", str(key), task.status.value, {**facts, **counts})
        story.tell(task.created_at, task.created_by or "a caller", "made")
        story.tell(task.started_at, "tasks", "begun")
        reason = f"{task.error}: {task.cause}" if task.error else ""
        story.tell(task.finished_at, "tasks", task.status.value, reason)
        ways = self._task_ways(task)
        _count_failed(ways, task)
        # Executions of a task name its sub-tasks; of a sub-task, only its own lines count.
        names = () if key.is_sub_task else tuple(way.name for way in ways)
        wanted = Wanted(work=(key.pk, key.sk), executions=names)
        self.add(story, wanted, ways, task.created_at, task.finished_at)
        self._tell_task(story, task)
        return story

    def an_import(self, key: ImportKey) -> Story:
        """The story of an import.

        Raises
        ------
        NotFoundError
            If there is no such import.
        """
        job = self.services.imports.get(key)
        if job is None:
            raise NotFoundError(f"There is no import {key}; it was never made, or has expired.")
        facts: dict[str, Any] = {
            "made by": _by(job.created_by),
            "file": f"s3://{job.bucket}/{job.object_key}",
            "mode": job.mode.value,
            **job.counts.to_mapping(),
        }
        story = Story("import", str(key), job.status.value, facts)
        story.tell(job.created_at, job.created_by or "a caller", "made")
        story.tell(job.started_at, "imports", "begun")
        reason = f"{job.error}: {job.cause}" if job.error else ""
        story.tell(job.finished_at, "imports", job.status.value, reason)
        is_by_machine = job.mode is ProcessingMode.STEP_FUNCTION
        name = import_execution_name(key)
        way = self.evidence.way(StateMachine.IMPORT_CSV, name) if is_by_machine else None
        wanted = Wanted(work=(key.pk, key.sk), executions=(name,) if way else ())
        self.add(story, wanted, [way] if way else [], job.created_at, job.finished_at)
        self._tell_import(story, job)
        return story

    def approval(self, text: str) -> Story:
        """The story of an approval request.

        Raises
        ------
        NotFoundError
            If there is no such request.
        """
        approvals = self.services.approvals
        key = approvals.key_of(text)
        request = approvals.get_request(key)
        if request is None:
            listed = self.line("approvals", "list", "--tenant", key.tenant)
            raise NotFoundError(f"There is no approval request {key}; `{listed}` has them.")
        machine, name = request.execution.split(":")[MACHINE_PART:][:2]
        machine = machine.removeprefix(self.connection.settings.resource_prefix)
        facts = {"title": request.title, "execution": f"{machine}/{name}"}
        story = Story("approval request", str(key), request.status.value, facts)
        story.tell(request.created_at, machine, "asked", request.title)
        who = request.answered_by or "somebody"
        said = "verified" if request.is_answer_verified else "as the caller says"
        story.tell(
            request.answered_at, who, request.status.value, f"{request.reason or ''} ({said})"
        )
        story.tell(request.delivered_at, "approvals", "answer delivered")
        story.tell(request.closed_at, "approvals", "closed", request.cause or "")
        way = self.evidence.way(machine, name)
        wanted = Wanted(work=(key.pk, key.sk), executions=(name,))
        self.add(story, wanted, [way] if way else [], request.created_at, None)
        self._tell_approval(story, request, str(key))
        return story

    def _task_ways(self, task: TaskSnapshot) -> list[Way]:
        if task.kind is TaskKind.SINGLE:
            return []
        parent = task.key.parent
        attempts = range(max(task.attempt + 1 - MOST_ATTEMPTS, 0), task.attempt + 1)
        if task.key.is_sub_task:
            whole = self.services.tasks.get(parent)
            attempts = range(0) if whole is None else range(whole.attempt, whole.attempt + 1)
        named = (task_execution_name(parent, attempt) for attempt in attempts)
        ways = [self.evidence.way(StateMachine.TASK, name) for name in named]
        return [way for way in ways if way is not None]

    def _tell_task(self, story: Story, task: TaskSnapshot) -> None:
        key = str(task.key)
        if task.status is TaskStatus.FAILED:
            story.now = "It failed." if not task.error else f"It failed with {task.error}."
            if story.faults:
                story.to_do.append(mend(story))
            story.to_do.append(self.line("task", "retry", keys=[str(task.key.parent)]))
            if task.counters is not None:
                story.to_do.append(self.line("task", "sub-tasks", "--failed", keys=[key]))
        elif task.status.is_final:
            story.now = f"It is over: {task.status.value}."
        else:
            story.now = f"It is under way: {task.status.value}."
            story.to_do = [self.line("logs", "--follow", "--task", key), self.line("doctor")]

    def _tell_import(self, story: Story, job: ImportJob) -> None:
        key = str(job.key)
        if not job.status.is_final:
            story.now = f"It is under way: {job.status.value}, {job.counts.total:,} rows so far."
            story.to_do = [self.line("logs", "--follow", "--import", key), self.line("doctor")]
            return
        story.now = f"It is over: {job.counts.failed:,} of {job.counts.total:,} rows were rejected."
        if job.status is ImportStatus.FAILED:
            story.now = f"It failed with {job.error}: {job.cause}"
        if story.faults:
            story.to_do.append(mend(story))
        if job.counts.failed:
            story.to_do.append(self.line("import", "errors", keys=[key]))
        story.to_do.append(self.line("import", "status", keys=[key]))

    def _tell_approval(self, story: Story, request: Any, key: str) -> None:
        if request.status is ApprovalStatus.PENDING:
            until = f", until {request.expires_at} at most" if request.expires_at else ""
            story.now = f"Its execution waits for an answer{until}."
            story.to_do = [
                self.line("approvals", "approve", keys=[key]),
                self.line("approvals", "reject", "--reason", "WHY", keys=[key]),
            ]
        elif request.status.is_answer and request.delivered_at is None:
            story.now = f"It was {request.status.value}, and its execution does not know it yet."
            story.to_do = [self.line("doctor", "--fix")]
        else:
            story.now = f"It is over: {request.status.value}."
            story.to_do = [self.line("explain", keys=[story.facts["execution"]])]


def _count_failed(ways: list[Way], task: TaskSnapshot) -> None:
    """Let the map of a task that is over tell the sub-tasks that failed.

    To Step Functions such a sub-task is an item that succeeded: the failure is in the task's items.
    """
    if not ways or task.counters is None or not task.status.is_final:
        return
    for visit in ways[-1].visits:
        if visit.state == TaskState.MAP_STATE and visit.items is not None:
            failed = max(task.counters.failed - visit.items["failed"], 0)
            visit.items["failed"] += failed
            visit.items["succeeded"] = max(visit.items["succeeded"] - failed, 0)


def _by(name: str | None) -> str:
    return name or "nobody was named"
