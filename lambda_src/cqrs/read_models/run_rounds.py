"""The rounds and phases of a run: a task works on what is left, until nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.read_models.runs import ORDER, Phase, Plan, RunKind
from cqrs.read_models.segment_work import SegmentWork, target_of
from cqrs.resources import RUN_TASK
from cqrs.storage.origins import Origin
from cqrs.tasks.keys import STEP_FUNCTION, TaskKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.read_models.generations import Generations
    from cqrs.read_models.run_parts import RunParts
    from cqrs.read_models.runs import Run
    from cqrs.tasks.models import Task

TENANT = "read-models"
"""Tenant of these tasks."""


class RunRounds:
    """Leads runs from phase to phase.

    Parameters
    ----------
    parts
        The parts of runs.
    """

    def __init__(self, parts: RunParts) -> None:
        self._with = parts
        self._segments = SegmentWork(parts)

    def resume(self, run: Run) -> Run:
        """Go on with a run, wherever it stands; any call may be repeated.

        Work that is under way meanwhile is not done twice.
        """
        if run.phase.is_worked_on and self._is_round_over(run):
            self._begin_round(run)
        else:
            self._ensure(run)
        return self._with.runs.get(run.model, run.id)

    def _is_round_over(self, run: Run) -> bool:
        if not run.task:
            return True
        task = self._with.tasks.get(TaskKey.make(STEP_FUNCTION, TENANT, RUN_TASK, run.task))
        return task is not None and task.status.is_final

    def work(self, task: Task) -> dict[str, Any]:
        """Work on a segment of a run, as long as the invocation has time."""
        given = task.input
        run = self._with.runs.get(given["model"], given["run"])
        number = given["segment"]
        if (run.phase.value, run.round) != (given["phase"], given["round"]):
            self._ensure(run)
            return {"over": True}
        segment = self._with.runs.segment(run, number)
        if segment.round < run.round:
            self._segments.go_on(run, number, segment)
        left = self._with.runs.end_sub_task(run, number)
        if left == 0:
            self._begin_round(self._with.runs.get(run.model, run.id))
        return {"left": left}

    def _ensure(self, run: Run) -> None:
        """Do what a process may have left undone that led the run to its round or phase."""
        if run.phase is Phase.READY:
            self._decide(run)
        elif run.phase.is_worked_on and run.round:
            self._make_task(run, self._left(run))
        else:
            self._begin_round(run)

    def _left(self, run: Run) -> list[int]:
        segments = self._with.runs.segments(run)
        return [number for number, segment in enumerate(segments) if not segment.is_done]

    def _begin_round(self, run: Run) -> None:
        """Let a task work on what is left of a phase, or lead the run into the next one."""
        while run.phase.is_worked_on:
            left = self._left(run)
            if left:
                begun = self._with.runs.begin_round(run, len(left))
                if begun is not None:
                    self._make_task(begun, left)
                return
            following = self._end_phase(run)
            if following is None:
                return
            run = following

    def _make_task(self, run: Run, segments: Sequence[int]) -> None:
        """Make the task of a round, unless it is there."""
        if not segments:
            return
        inputs = [
            {
                "model": run.model,
                "run": run.id,
                "phase": run.phase.value,
                "round": run.round,
                "segment": number,
            }
            for number in segments
        ]
        service = self._with.tasks.of(Origin(identity=run.task))
        service.create_step_function_task(RUN_TASK, inputs, TENANT)

    def _end_phase(self, run: Run) -> Run | None:
        order = ORDER[run.kind]
        following = order[order.index(run.phase) + 1]
        if run.kind is RunKind.DROP and following is Phase.DONE and run.plan.generation is not None:
            self._with.generations.removed(run.plan.generation)
        entered = self._with.runs.enter(run, following)
        if entered is not None and following is Phase.READY:
            self._decide(entered)
        return entered

    def _decide(self, run: Run) -> None:
        """Let a filled generation be read, unless it differs or somebody wants to see it first."""
        counts = self._with.runs.counted(run).counts.get(Phase.VERIFY.value, {})
        is_clean = not any(counts.get(name) for name in ("different", "missing"))
        if is_clean and not run.plan.hold:
            self.let_be_read(run)

    def let_be_read(self, run: Run) -> Generations:
        """Let the generation that a run has filled be read, and end the run.

        Raises
        ------
        ValidationError
            If the code has its version no more.
        """
        model, generation = target_of(self._with, run)
        generations = self._with.generations.of(model)
        if generations.living != generation:
            generations = self._with.generations.cut_over(run.model, generation)
        self._with.runs.enter(run, Phase.DONE)
        self.remove_left(generations)
        return generations

    def remove_left(self, generations: Generations) -> list[Run]:
        """Begin or go on with the removal of generations that are written no more."""
        return [
            self.resume(
                self._with.runs.create(
                    left.generation.model,
                    RunKind.DROP,
                    Plan(generation=left.generation),
                    left.run,
                )
            )
            for left in generations.left
        ]
