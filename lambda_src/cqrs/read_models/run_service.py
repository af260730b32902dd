"""Rebuilding read models while commands go on, and telling items to them again.

**A rebuild.** From its beginning on, each command is shown in the new generation, too. Then all
data are written there, each item unless the generation has its version or a later one. Commands
that were under way at the beginning may have been shown in the living one alone, so their ends are
waited for. At last each item is compared with the data table and with the living generation. If it
is behind, it is written. One conditional write lets the new one be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.clock import iso
from cqrs.core.moments import asked_moment
from cqrs.core.tenants import checked_tenant
from cqrs.core.timed_keys import ULID
from cqrs.errors import NotFoundError, ValidationError
from cqrs.read_models.generations import BUILDING, PREVIOUS
from cqrs.read_models.rebuild_estimate import estimate_rebuild
from cqrs.read_models.run_rounds import RunRounds
from cqrs.read_models.runs import Phase, Plan, Run, RunKind, no_run
from cqrs.read_models.service import lacks_database
from cqrs.read_models.tally import Tally
from cqrs.read_models.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.core.keys import ItemKey
    from cqrs.read_models.declarations import ReadModel
    from cqrs.read_models.generations import Generations
    from cqrs.read_models.places import Generation
    from cqrs.read_models.run_parts import RunParts
    from cqrs.tasks.models import Task

MOST_SEGMENTS = 64


class RunService:
    """Begins, ends and shows runs, as people ask for it.

    Parameters
    ----------
    parts
        The parts of runs.
    """

    def __init__(self, parts: RunParts) -> None:
        self._with = parts
        self._rounds = RunRounds(parts)

    def rebuild(
        self,
        name: str,
        *,
        from_history: bool = False,
        segments: int = 4,
        rate: int = 0,
        hold: bool = False,
        generation: int | None = None,
    ) -> Run:
        """Fill a new generation of a read model beside the living one, or go on with that.

        Parameters
        ----------
        name
            The read model.
        from_history
            Whether each item is shown in all of its versions, one after the other.
        segments, rate
            Parts of the data table, 1 to 64, and items a second at most, 0 for no bound.
        hold
            Whether the filled generation waits for :meth:`cut_over`. It does so anyway if it
            differs from the living one.
        generation
            Number of the one that is filled, to go on with that and begin no other.

        Raises
        ------
        NotFoundError
            If there is no such read model.
        ValidationError
            If an argument is refused, or the environment has no place for it, or another
            generation is filled than is meant.
        """
        model = self._with.registry.get(name)
        _refuse_bad_pace(segments, rate)
        self._refuse_no_place(model)
        generations = self._with.generations.of(model)
        self._rounds.remove_left(generations)
        building = generations.part(BUILDING, generation)
        if building is not None:
            run = self._with.runs.latest(name, [RunKind.REBUILD])
            if run is None or run.phase.is_over or run.plan.generation != building:
                # The process died between the two writes that begin a rebuild.
                run = self._begin(model, building, from_history, segments, rate, hold=hold)
            return self.resume(run)
        begun = self._with.generations.begin(model)
        if begun.building is None:
            raise ValidationError(f"The rebuild of {name} was ended as it began: begin it again.")
        run = self._begin(model, begun.building, from_history, segments, rate, hold=hold)
        return self.resume(run)

    def _begin(
        self,
        model: ReadModel,
        generation: Generation,
        from_history: bool,
        segments: int,
        rate: int,
        *,
        hold: bool,
    ) -> Run:
        plan = Plan(
            generation=generation,
            from_history=from_history,
            types=tuple(sorted(model.projections[generation.version].item_types)),
            segments=segments,
            rate=rate,
            hold=hold,
        )
        return self._with.runs.create(model.name, RunKind.REBUILD, plan)

    def replay(
        self,
        name: str,
        *,
        types: Sequence[str] = (),
        tenant: str = "",
        since: str = "",
        segments: int = 4,
        rate: int = 0,
    ) -> Run:
        """Tell the items of some types, a tenant or a span of time to a read model again.

        It may be a sync handler as well. Each item comes in its latest state, which is written
        again if the model shows that version.

        Parameters
        ----------
        name
            The read model or sync handler.
        types, tenant, since
            Only items of these types, of this tenant, and changed since then (UTC, ISO 8601).

        Raises
        ------
        NotFoundError
            If there is neither.
        ValidationError
            If an argument is refused.
        """
        _refuse_bad_pace(segments, rate)
        if tenant:
            checked_tenant(tenant)
        self._refuse_unknown(name)
        if name in self._with.registry.names:
            self._refuse_no_place(self._with.registry.get(name))
            shown = self._with.registry.get(name).item_types
            strange = sorted(set(types) - shown)
            if strange:
                raise ValidationError(
                    f"Read model {name} shows no {strange[0]}; it shows {', '.join(sorted(shown))}."
                )
            types = types or sorted(shown)
        after = iso(asked_moment(since)) if since else ""
        plan = Plan(types=tuple(types), tenant=tenant, since=after, segments=segments, rate=rate)
        return self.resume(self._with.runs.create(name, RunKind.REPLAY, plan))

    def replay_item(self, name: str, key: ItemKey) -> int:
        """Tell one item to a read model or sync handler again, now.

        Returns
        -------
        int
            Its version.

        Raises
        ------
        NotFoundError
            If there is no such item, read model or sync handler.
        PermanentError
            If the model refuses the item.
        """
        self._refuse_unknown(name)
        item = self._with.data.get(key.pk, key.sk)
        if item is None:
            raise NotFoundError(f"There is no item {key}.")
        tally = Tally()
        Telling(self._with).tell(name, [item], tally)
        if tally.counts["refused"]:
            raise ValidationError(tally.examples[0])
        return item.version

    def resume(self, run: Run) -> Run:
        """Go on with a run, wherever it stands; any call may be repeated.

        Work that is under way meanwhile is not done twice.
        """
        return self._rounds.resume(run)

    def work(self, task: Task) -> dict[str, Any]:
        """Work on a segment of a run, as long as the invocation has time."""
        return self._rounds.work(task)

    def cut_over(self, name: str, *, generation: int | None = None) -> Generations:
        """Let a filled generation be read, which waits for the word.

        Parameters
        ----------
        generation
            Number of the one that is meant; by default it is whichever waits.

        Raises
        ------
        NotFoundError
            If there is no such read model.
        ValidationError
            If no generation waits, or another one than is meant.
        """
        model = self._with.registry.get(name)
        run = self._with.runs.latest(name, [RunKind.REBUILD])
        if run is None or run.phase is not Phase.READY:
            at = "there is none" if run is None else f"it is at {run.phase.value}"
            now = self._with.generations.of(model).told
            raise ValidationError(f"No rebuild of {name} waits to be read: {at}. {now}")
        fills = run.plan.generation
        if generation is not None and (fills is None or fills.number != generation):
            raise ValidationError(self._with.generations.of(model).otherwise(BUILDING, generation))
        return self._rounds.let_be_read(run)

    def roll_back(self, name: str, *, generation: int | None = None) -> Generations:
        """Let the generation before be read again, which got every command meanwhile.

        Parameters
        ----------
        generation
            Number of the one before; by default it is whichever there is.

        Raises
        ------
        ValidationError
            If there is none, or another one than is meant, or the code has its projection no more,
            so that it is behind.
        """
        model = self._with.registry.get(name)
        previous = self._with.generations.of(model).part(PREVIOUS, generation)
        if previous is not None and previous.version not in model.projections:
            raise ValidationError(
                f"Generation {previous.number} of {name} is of version {previous.version}, which "
                "the code has no more: it is behind. Register that version, and rebuild."
            )
        return self._with.generations.roll_back(name, None if previous is None else previous.number)

    def cancel(self, name: str, *, generation: int | None = None) -> Run:
        """End the rebuild of a read model; what it has filled is removed by a run of its own.

        Parameters
        ----------
        generation
            Number of the one that it fills; by default it is whichever is filled.

        Raises
        ------
        ValidationError
            If there is none under way, or it fills another one than is meant.
        """
        model = self._with.registry.get(name)
        building = self._with.generations.of(model).part(BUILDING, generation)
        if building is None:
            raise ValidationError(f"No rebuild of {name} is under way.")
        run = self._with.runs.latest(name, [RunKind.REBUILD])
        # By now another rebuild may be the newest one.
        if run is not None and run.plan.generation == building and not run.phase.is_over:
            self._with.runs.cancel(run)
        return self._leave(name, BUILDING, building)

    def drop(self, name: str, *, generation: int | None = None) -> Run:
        """Write the generation before no more, and remove it.

        Parameters
        ----------
        generation
            Number of the one before; by default it is whichever there is.

        Raises
        ------
        ValidationError
            If there is none, or another one than is meant.
        """
        model = self._with.registry.get(name)
        previous = self._with.generations.of(model).part(PREVIOUS, generation)
        if previous is None:
            raise ValidationError(f"{name} has no generation beside the one that is read.")
        return self._leave(name, PREVIOUS, previous)

    def _leave(self, name: str, part: str, generation: Generation) -> Run:
        """Write a generation no more; the run that removes it."""
        left = self._with.generations.leave(name, part, generation)
        runs = self._rounds.remove_left(left)
        return next(run for run in runs if run.plan.generation == generation)

    def show(self, name: str) -> dict[str, Any]:
        """How a read model stands: its generations, and its newest run with its progress."""
        model = self._with.registry.get(name)
        generations = self._with.generations.of(model)
        run = self._with.runs.told(name)
        return {
            "name": name,
            "item_types": sorted(model.item_types),
            "versions": sorted(model.projections),
            "living": _shown(generations.living),
            "building": _shown(generations.building),
            "previous": _shown(generations.previous),
            "run": None if run is None else self._with.runs.counted(run).to_mapping(),
        }

    def estimate(self, name: str) -> dict[str, Any]:
        """Tell roughly what a rebuild of a read model would do; nothing is written.

        Returns
        -------
        dict
            As of :func:`~cqrs.read_models.rebuild_estimate.estimate_rebuild`.

        Raises
        ------
        NotFoundError
            If there is no such read model.
        """
        return estimate_rebuild(self._with.data, self._with.registry.get(name))

    def progress(self, name: str, run_id: str = "") -> Run | None:
        """A run with its progress; the one that people ask for if they name none.

        Raises
        ------
        NotFoundError
            If there is no such run.
        """
        if run_id and not ULID.fullmatch(run_id):
            raise no_run(name, run_id)
        run = self._with.runs.get(name, run_id) if run_id else self._with.runs.told(name)
        return None if run is None else self._with.runs.counted(run)

    def _refuse_no_place(self, model: ReadModel) -> None:
        if not self._with.places.has(model.newest):
            raise ValidationError(lacks_database(model.name))

    def _refuse_unknown(self, name: str) -> None:
        if name not in self._with.registry.names and name not in self._with.sync_handlers.names:
            self._with.registry.get(name)


def _shown(generation: Generation | None) -> Mapping[str, int] | None:
    if generation is None:
        return None
    return {"generation": generation.number, "version": generation.version}


def _refuse_bad_pace(segments: int, rate: int) -> None:
    if type(segments) is not int or not 1 <= segments <= MOST_SEGMENTS:
        raise ValidationError(f"segments is {segments!r}; it must be 1 to {MOST_SEGMENTS}.")
    if type(rate) is not int or rate < 0:
        raise ValidationError(f"rate is {rate!r}; it must be a whole number, 0 for no bound.")
