"""Read models over HTTP: how they stand, their rebuilds and replays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.read_models import generation_numbers
from cqrs.api.answers import ApiAnswer
from cqrs.api.principals import EVERY_TENANT
from cqrs.api.problems import Problem
from cqrs.core.observability import logger
from cqrs.errors import NotFoundError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.api.call import ApiCall
    from cqrs.read_models.generations import Generations
    from cqrs.read_models.runs import Run
    from cqrs.services import Services

CHECKSUM = "checksum"
"""Ends the names of counts that no number of JavaScript holds."""


class ReadModelCalls:
    """Requests about read models.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._runs = services.read_model_runs
        self._names = services.read_model_registry

    def list_read_models(self, _call: ApiCall) -> ApiAnswer:
        """All of them."""
        models = [_model(self._runs.show(name)) for name in self._names.names]
        return ApiAnswer(200, {"read_models": models})

    def get_read_model(self, call: ApiCall) -> ApiAnswer:
        """One of them."""
        return ApiAnswer(200, _model(self._runs.show(call.path["name"])))

    def estimate_rebuild(self, call: ApiCall) -> ApiAnswer:
        """Roughly what a rebuild would take."""
        return ApiAnswer(200, self._runs.estimate(call.path["name"]))

    def get_read_model_run(self, call: ApiCall) -> ApiAnswer:
        """A run of a read model or sync handler."""
        name = call.path["name"]
        run = self._runs.progress(name, call.query.get("run", ""))
        if run is None:
            raise NotFoundError(f"Nothing has been rebuilt or replayed by the name {name!r}.")
        return ApiAnswer(200, _run(run.to_mapping()))

    def rebuild_read_model(self, call: ApiCall) -> ApiAnswer:
        """Begin a rebuild, or go on with the one that is under way."""
        try:
            run = self._runs.rebuild(call.path["name"], **call.body)
        except ValidationError as error:
            if "generation" not in call.body:
                raise
            raise Problem(409, "validation", str(error)) from None
        return self._begun(call, run)

    def replay_read_model(self, call: ApiCall) -> ApiAnswer:
        """Begin a replay."""
        if call.body.get("tenant") == EVERY_TENANT:
            raise ValidationError(
                f"{EVERY_TENANT} stands for every tenant in a token, and is none: leave the tenant "
                "out to replay the items of all."
            )
        return self._begun(call, self._runs.replay(call.path["name"], **call.body))

    def cut_over_read_model(self, call: ApiCall) -> ApiAnswer:
        """Let a filled generation be read."""
        return self._changed(call, self._runs.cut_over(call.path["name"], **call.body))

    def roll_back_read_model(self, call: ApiCall) -> ApiAnswer:
        """Let the generation before be read again."""
        return self._changed(call, self._runs.roll_back(call.path["name"], **call.body))

    def cancel_rebuild(self, call: ApiCall) -> ApiAnswer:
        """End a rebuild."""
        return self._begun(call, self._runs.cancel(call.path["name"], **call.body))

    def drop_read_model(self, call: ApiCall) -> ApiAnswer:
        """Remove the generation before."""
        return self._begun(call, self._runs.drop(call.path["name"], **call.body))

    def _begun(self, call: ApiCall, run: Run) -> ApiAnswer:
        _log(call, f"A {run.kind.value} of a read model was asked for")
        return ApiAnswer(202, _run(run.to_mapping()))

    def _changed(self, call: ApiCall, generations: Generations) -> ApiAnswer:
        _log(call, "Another generation of a read model is read")
        return ApiAnswer(200, generation_numbers(generations))


def _log(call: ApiCall, told: str) -> None:
    logger.info(told, extra={"read_model": call.path["name"], "by": call.principal.author})


def _model(shown: Mapping[str, Any]) -> dict[str, Any]:
    run = shown["run"]
    return {**shown, "run": None if run is None else _run(run)}


def _run(shown: Mapping[str, Any]) -> dict[str, Any]:
    counts = {
        phase: {name: count for name, count in of.items() if not name.endswith(CHECKSUM)}
        for phase, of in shown["counts"].items()
    }
    return {**shown, "counts": counts}
