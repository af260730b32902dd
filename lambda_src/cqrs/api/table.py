"""The one table of routes, and how a path finds its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api.declared import (
    alarms,
    approvals,
    dead_letters,
    executions,
    findings,
    imports,
    items,
    read_models,
    tasks,
    tickets,
)
from cqrs.api.paths import parameter_in, segments_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cqrs.api.route import Route

ROUTES: tuple[Route, ...] = (
    *items.ROUTES,
    *tasks.ROUTES,
    *imports.ROUTES,
    *approvals.ROUTES,
    *tickets.ROUTES,
    *executions.ROUTES,
    *findings.ROUTES,
    *dead_letters.ROUTES,
    *read_models.ROUTES,
    *alarms.ROUTES,
)


class RouteTable:
    """Finds routes.

    Parameters
    ----------
    own
        Routes of the application's own, beside the project's.
    """

    def __init__(self, own: Iterable[Route] = ()) -> None:
        self.routes = (*ROUTES, *own)

    def at(self, path: str) -> dict[str, tuple[Route, Mapping[str, str]]]:
        """The routes of a path, by their methods, each with the parameters in the path.

        Parameters
        ----------
        path
            As the event has it, from the root on.
        """
        parts = segments_of(path)
        found: dict[str, tuple[Route, Mapping[str, str]]] = {}
        for route in self.routes:
            parameters = _parameters(segments_of(route.full_path), parts)
            if parameters is not None:
                found[route.method] = (route, parameters)
        return found


def _parameters(template: list[str], parts: list[str]) -> dict[str, str] | None:
    """The parameters of a path, as they stand; None if it is not of a route."""
    if len(template) != len(parts):
        return None
    values: dict[str, str] = {}
    for known, part in zip(template, parts, strict=True):
        name = parameter_in(known)
        if name is None and known != part:
            return None
        if name is not None:
            values[name] = text_of(part)
    return values
