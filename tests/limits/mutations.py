"""Each measure taken out of what is deployed, and a case that fails without it.

A measure is in the definitions and in the event source mappings, so a mutation changes what the
stacks are synthesised to. The case is kept with the measure and broken without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cqrs.resources import StateMachine
from tests.limits.cases import HOUR, Away, Case, Commands
from tests.limits.deployment import Deployment

Definition = dict[str, Any]

MINUTES_OF_PATIENCE = {"MaxAttempts": 6, "BackoffRate": 2.0, "IntervalSeconds": 2}
"""A retrier of Lambda's errors as the guide has it."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A measure that is taken out.

    Attributes
    ----------
    measure
        The measure, in words.
    change
        Takes it out of what is deployed.
    case
        The case that is broken then.
    """

    measure: str
    change: Callable[[Deployment], Deployment]
    case: Case

    @property
    def without(self) -> Case:
        """The case without the measure."""
        return replace(self.case, name=f"{self.case.name}, without", change=self.change)


def of_machine(machine: str, edit: Callable[[Definition], None]) -> Callable[..., Deployment]:
    """Edit the definition of a state machine."""

    def change(deployment: Deployment) -> Deployment:
        resources = json.loads(json.dumps(deployment.resources))
        for one in resources["aws_sfn_state_machine"].values():
            if one["name"].endswith(machine):
                definition = json.loads(one["definition"])
                edit(definition)
                one["definition"] = json.dumps(definition)
        return Deployment(resources)

    return change


def _each_state(definition: Any) -> Any:
    for state in definition.get("States", {}).values():
        yield state
        yield from _each_state(state.get("ItemProcessor", {}))


def without_patience(definition: Definition) -> None:
    """Give up on what AWS does not do after minutes."""
    for state in _each_state(definition):
        for retrier in state.get("Retry", ()):
            if "Lambda.TooManyRequestsException" in retrier["ErrorEquals"]:
                retrier.pop("MaxDelaySeconds", None)
                retrier.update(MINUTES_OF_PATIENCE)


def _away(service: str) -> Commands:
    return Commands(
        name=f"{service} away for seven minutes",
        rate=90.0,
        seconds=700.0,
        scale=40.0,
        patience_seconds=4 * HOUR,
        away=(Away(service, 200.0, 420.0),),
    )


MUTATIONS: Mapping[str, Mutation] = {
    "patience while Lambda is away": Mutation(
        "Retriers go on for hours while Lambda begins no call.",
        of_machine(StateMachine.COMMAND, without_patience),
        _away("lambda"),
    ),
    "patience while DynamoDB is away": Mutation(
        "Retriers go on for hours while DynamoDB does nothing.",
        of_machine(StateMachine.COMMAND, without_patience),
        _away("dynamodb"),
    ),
}
