"""Each measure taken out, and a case that breaks a promise without it.

Most measures are in what the stacks are synthesised to, and a mutation changes that. For others,
which are in the runtime, it replaces a method. The case is kept with the measure and broken
without it. If a second measure would save the case, the case does without that one in both runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from cqrs.aws.map_results import MapResults
from cqrs.commands.ended_executions import EndedCommandExecutions
from cqrs.commands.starter import CommandStarter
from cqrs.imports.chunks.pace import Pace
from cqrs.imports.models import ProcessingMode
from cqrs.resources import StateMachine
from cqrs.storage import large_attributes, large_values
from tests.limits.bounds import refused_transactions, write_units
from tests.limits.cases import (
    HOUR,
    TEN_MINUTES,
    Away,
    Case,
    Chain,
    Commands,
    DyingPublishers,
    Import,
    Result,
    find,
)
from tests.limits.deployment import Deployment

Definition = dict[str, Any]
Change = Callable[[Deployment], Deployment]
Patch = Callable[[], AbstractContextManager[Any]]

MINUTES_OF_PATIENCE = {"MaxAttempts": 6, "BackoffRate": 2.0, "IntervalSeconds": 2}
"""A retrier of Lambda's errors as the guide has it."""

GUIDE_SECONDS = 900
"""Timeout of an execution as the guide has it."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A measure that is taken out.

    Attributes
    ----------
    measure
        The measure, in words.
    case
        The case that is broken without it.
    change
        Takes it out of what is deployed.
    patch
        Takes it out of the runtime, for as long as the context lasts.
    beside
        Takes another measure out of the runtime for both runs.
    """

    measure: str
    case: Case
    change: Change = lambda deployment: deployment
    patch: Patch = nullcontext
    beside: Patch = nullcontext

    def run(self, seed: int) -> tuple[Result, Result]:
        """Run the case with the measure, and without."""
        without = replace(
            self.case,
            name=f"{self.case.name}, without",
            change=lambda deployment: self.change(self.case.change(deployment)),
        )
        with self.beside():
            kept = self.case.run(seed)
            with self.patch():
                return kept, without.run(seed)


def replaced(owner: type, method: str, by: Callable[..., Any]) -> Patch:
    """Replace a method of the runtime."""
    return lambda: patch.object(owner, method, by)


def of_resources(kind: str, edit: Callable[[dict[str, Any]], None]) -> Change:
    """Edit each resource of a kind."""

    def change(deployment: Deployment) -> Deployment:
        resources = json.loads(json.dumps(deployment.resources))
        for one in resources[kind].values():
            edit(one)
        return Deployment(resources)

    return change


def without_resources(*kinds: str) -> Change:
    """Deploy no resource of these kinds."""

    def change(deployment: Deployment) -> Deployment:
        left = {kind: of for kind, of in deployment.resources.items() if kind not in kinds}
        return Deployment(left)

    return change


def of_machine(machine: str, edit: Callable[[Definition], None]) -> Change:
    """Edit the definition of a state machine."""

    def edit_one(one: dict[str, Any]) -> None:
        if one["name"].endswith(machine):
            definition = json.loads(one["definition"])
            edit(definition)
            one["definition"] = json.dumps(definition)

    return of_resources("aws_sfn_state_machine", edit_one)


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


def with_the_guides_timeout(definition: Definition) -> None:
    """Let an execution last a quarter of an hour."""
    definition["TimeoutSeconds"] = GUIDE_SECONDS


def with_intolerance(definition: Definition) -> None:
    """Let a failed batch fail its map."""
    for state in _each_state(definition):
        state.pop("ToleratedFailurePercentage", None)


def with_few_retries(mapping: dict[str, Any]) -> None:
    """Let a stream give a record up after some tries."""
    if "maximum_retry_attempts" in mapping:
        mapping["maximum_retry_attempts"] = 2


def with_one_record_at_a_time(mapping: dict[str, Any]) -> None:
    """Read a shard by one record after the other."""
    if "parallelization_factor" in mapping:
        mapping.update(parallelization_factor=1, batch_size=1)


QUICK_TIMEOUTS = of_machine(StateMachine.COMMAND, with_the_guides_timeout)

NO_OTHER_ATTEMPT = replaced(EndedCommandExecutions, "_begin_again", lambda *_: False)

OVERLOAD = Commands(
    name="ten times the capacity for a few minutes",
    rate=1_140.0,
    seconds=210.0,
    scale=200.0,
    patience_seconds=12 * HOUR,
)

IMPORT_WITHOUT_LAMBDA = Import(
    name="import, ten minutes without Lambda",
    rows=3_000,
    scale=3.0,
    patience_seconds=HOUR,
    away=(Away("lambda", 2.0, TEN_MINUTES),),
)

MUTATIONS: Mapping[str, Mutation] = {
    "patience while Lambda is away": Mutation(
        "Retriers go on for hours while Lambda begins no call.",
        _away("lambda"),
        of_machine(StateMachine.COMMAND, without_patience),
    ),
    "patience while DynamoDB is away": Mutation(
        "Retriers go on for hours while DynamoDB does nothing.",
        _away("dynamodb"),
        of_machine(StateMachine.COMMAND, without_patience),
    ),
    "records that are not given up": Mutation(
        "A stream repeats a record until it is 20 hours old.",
        find("tokyo-overload"),
        of_resources("aws_lambda_event_source_mapping", with_few_retries),
    ),
    "records side by side": Mutation(
        "Ten batches of a shard are read side by side, and ten records at a time.",
        Commands(
            name="two hundred commands a second in us-east-1",
            account="us-east-1",
            rate=200.0,
            seconds=60.0,
            patience_seconds=30.0,
        ),
        of_resources("aws_lambda_event_source_mapping", with_one_record_at_a_time),
    ),
    "executions that outlast a backlog": Mutation(
        "An execution lasts a day, which a backlog does not.",
        OVERLOAD,
        QUICK_TIMEOUTS,
        beside=NO_OTHER_ATTEMPT,
    ),
    "another attempt after a timeout": Mutation(
        "A command whose execution timed out gets another attempt.",
        replace(OVERLOAD, change=QUICK_TIMEOUTS),
        patch=NO_OTHER_ATTEMPT,
    ),
    "two executions an item": Mutation(
        "Of an item, one command runs and one waits; no execution waits for a whole chain.",
        Chain(name="a chain", versions=3_000, change=QUICK_TIMEOUTS),
        patch=replaced(CommandStarter, "_is_left", lambda *_: False),
        beside=NO_OTHER_ATTEMPT,
    ),
    "batches that are begun again": Mutation(
        "A batch that failed for a reason that time mends is begun again.",
        IMPORT_WITHOUT_LAMBDA,
        patch=replaced(MapResults, "unsuccessful", lambda *_: []),
    ),
    "a map that outlives its batches": Mutation(
        "Batches that fail do not fail their map.",
        IMPORT_WITHOUT_LAMBDA,
        of_machine(StateMachine.IMPORT_CSV, with_intolerance),
    ),
    "messages that lead to themselves": Mutation(
        "Lambda's recursion guard lets the function send itself messages.",
        Import(
            name="an import that takes twenty messages",
            rows=600_000,
            scale=20.0,
            mode=ProcessingMode.DIRECT,
            patience_seconds=HOUR,
        ),
        without_resources("aws_lambda_function_recursion_config"),
    ),
    "a healer": Mutation(
        "A schedule looks for what nothing works on, and has it done.",
        DyingPublishers(
            name="publishers that die",
            rate=10.0,
            seconds=60.0,
            dying=0.2,
            patience_seconds=HOUR,
        ),
        without_resources("aws_scheduler_schedule"),
    ),
    "an import's pace": Mutation(
        "An import slows down when a partition refuses its rows.",
        replace(
            find("tokyo-import-20000-batch-10"),
            bounds=(refused_transactions(most=0.4),),
        ),
        patch=replaced(Pace, "slow_down", lambda *_: None),
    ),
    "large attributes in the bucket": Mutation(
        "Attributes above 16 KB lie in the bucket, and a status write rewrites none of them.",
        Commands(
            name="attributes of 60,000 bytes",
            rate=10.0,
            seconds=30.0,
            text_bytes=60_000,
            bounds=(write_units(most=60.0),),
            patience_seconds=HOUR,
        ),
        patch=lambda: patch.object(large_attributes, "INLINE_BYTES", large_values.INLINE_BYTES),
    ),
}
