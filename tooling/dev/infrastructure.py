"""All that is not the function's code alone: planned, shown, and applied."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from tooling.deployment import Deployment
from tooling.plan_review.changes import read_changes
from tooling.plan_review.guard import findings_of

SIGNS = {"create": "+", "update": "~", "replace": "-/+", "delete": "-", "forget": "."}
"""The actions that are shown, by Terraform's words for them, with its own signs."""

TAKING_AWAY = frozenset({"replace", "delete"})


@dataclass(frozen=True)
class PlannedChange:
    """A change of one resource.

    Attributes
    ----------
    action
        Terraform's word for it, one of :data:`SIGNS`.
    address
        The resource's address in the configuration.
    """

    action: str
    address: str

    def __str__(self) -> str:
        """Write it in a line."""
        return f"{SIGNS[self.action]} {self.address}"


class Infrastructure:
    """The stack of an environment.

    Parameters
    ----------
    deployment
        The deployment.
    agree
        Is given what a plan does and what it would cost, a line each. It tells whether somebody
        wants it all the same.
    asks_always
        Whether somebody is asked before any change, and not only before one that takes away.
    under_way
        Is told what begins; the block ends with it.
    """

    def __init__(
        self,
        deployment: Deployment,
        agree: Callable[[Sequence[str]], bool],
        *,
        asks_always: bool,
        under_way: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._deployment = deployment
        self._agree = agree
        self._asks_always = asks_always
        self._under_way = under_way

    def plan(self, *, believes_state: bool = True) -> list[PlannedChange]:
        """Plan what was synthesised, and return what would change.

        Parameters
        ----------
        believes_state
            Whether an emulator is not asked what it has.

        Raises
        ------
        ToolingError
            If no plan comes about.
        """
        told = self._deployment.plan_alone(believes_state=believes_state)
        messages = map(json.loads, told.splitlines())
        changes = (
            message["change"] for message in messages if message.get("type") == "planned_change"
        )
        return [
            PlannedChange(change["action"], change["resource"]["addr"])
            for change in changes
            if change["action"] in SIGNS
        ]

    def apply(self, changes: Sequence[PlannedChange]) -> bool:
        """Carry out the plan that was made last; False if nobody agrees to it.

        Raises
        ------
        ToolingError
            If a part of it fails.
        """
        takes_away = any(change.action in TAKING_AWAY for change in changes)
        if (takes_away or self._asks_always) and not self._agree(self._findings(takes_away)):
            return False
        with self._under_way("Applying the plan"):
            self._deployment.apply_planned()
        return True

    def _findings(self, takes_away: bool) -> list[str]:
        if not takes_away:
            return []
        found = findings_of(read_changes(self._deployment.planned_document()))
        return [f"{finding.change.address} {finding.text}" for finding in found]
