"""Read models by direct invocation: how they stand, their rebuilds and replays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.keys import ItemKey

if TYPE_CHECKING:
    from cqrs.read_models.declarations import ReadModelRegistry
    from cqrs.read_models.generations import Generations
    from cqrs.read_models.run_service import RunService
    from cqrs.read_models.service import ReadModels


class ReadModelActions:
    """Actions on read models.

    Parameters
    ----------
    models, registry, runs
        The application's read models, their declarations, and their runs.
    """

    def __init__(self, models: ReadModels, registry: ReadModelRegistry, runs: RunService) -> None:
        self._models = models
        self._registry = registry
        self._runs = runs

    def forget_item(self, pk: str, sk: str, dry_run: bool = False) -> int:
        """Remove an item from read models that lie beside the stack's table, or count its rows."""
        return self._models.forget_beside_table(ItemKey.checked(pk, sk), dry_run=dry_run)

    def forget_tenant(self, tenant: str, dry_run: bool = False) -> int:
        """Remove a tenant's rows from read models in SQL, or count them."""
        return self._models.forget_tenant(tenant, dry_run=dry_run)

    def list_read_models(self) -> list[dict[str, Any]]:
        """All read models: their types, versions and generations, and their newest run."""
        return [self._runs.show(name) for name in self._registry.names]

    def show_read_model(self, name: str) -> dict[str, Any]:
        """One read model, likewise."""
        return self._runs.show(name)

    def estimate_rebuild(self, name: str) -> dict[str, Any]:
        """How much a rebuild would read and write, and roughly how long it would take."""
        return self._runs.estimate(name)

    def rebuild_read_model(
        self,
        name: str,
        from_history: bool = False,
        segments: int = 4,
        rate: int = 0,
        hold: bool = False,
    ) -> dict[str, Any]:
        """Begin a rebuild, or go on with the one that is under way."""
        run = self._runs.rebuild(
            name, from_history=from_history, segments=segments, rate=rate, hold=hold
        )
        return run.to_mapping()

    def replay_read_model(
        self,
        name: str,
        types: list[Any] | None = None,
        tenant: str = "",
        since: str = "",
        segments: int = 4,
        rate: int = 0,
    ) -> dict[str, Any]:
        """Begin a replay of items to a read model or sync handler."""
        run = self._runs.replay(
            name,
            types=[str(one) for one in types or ()],
            tenant=tenant,
            since=since,
            segments=segments,
            rate=rate,
        )
        return run.to_mapping()

    def replay_item(self, name: str, pk: str, sk: str) -> dict[str, Any]:
        """Tell one item to a read model or sync handler again."""
        return {"version": self._runs.replay_item(name, ItemKey.checked(pk, sk))}

    def replay_progress(self, name: str, run: str = "") -> dict[str, Any] | None:
        """A run of a read model or sync handler; by default the one under way, or the newest."""
        found = self._runs.progress(name, str(run))
        return None if found is None else found.to_mapping()

    def cut_over_read_model(self, name: str) -> dict[str, Any]:
        """Let a filled generation be read that waits for the word."""
        return generation_numbers(self._runs.cut_over(name))

    def roll_back_read_model(self, name: str) -> dict[str, Any]:
        """Let the generation before be read again."""
        return generation_numbers(self._runs.roll_back(name))

    def cancel_rebuild(self, name: str) -> dict[str, Any]:
        """End a rebuild, and remove what it has filled."""
        return self._runs.cancel(name).to_mapping()

    def drop_read_model(self, name: str) -> dict[str, Any]:
        """Remove the generation before."""
        return self._runs.drop(name).to_mapping()


def generation_numbers(generations: Generations) -> dict[str, Any]:
    """The generations that are read now and before, as callers see them."""
    previous = generations.previous
    return {
        "living": generations.living.number,
        "previous": None if previous is None else previous.number,
    }
