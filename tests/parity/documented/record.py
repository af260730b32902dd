"""Parts of documented sequences, and the pages that they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.parity.history import text

IN_ITERATION = re.compile(r"\[\d+\] ")

TASKS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"
CALLBACKS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"
ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
EVENTS = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html"
ANSWERS = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"
HEARTBEATS = (
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html"
)
MAPS = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"
DISTRIBUTED = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"
BATCHES = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html"
RESULTS = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"
EXCEPTIONS = "https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"
SPECIFICATION = "https://states-language.net/spec.html"
RECORDED = "https://github.com/localstack/localstack/tree/main/tests/aws/services/stepfunctions/v2"
"""Histories that LocalStack's developers recorded on AWS itself, in ``*.snapshot.json``."""


@dataclass(frozen=True)
class Line:
    """A documented line; if AWS is silent, any of several will do.

    Attributes
    ----------
    alternatives
        The texts that will do.
    may_be_absent
        Whether none will do too.
    """

    alternatives: tuple[str, ...]
    may_be_absent: bool = False

    @property
    def text(self) -> str:
        """The first text that will do."""
        return self.alternatives[0]

    def outside_of_iterations(self) -> Line:
        """The same without the iteration's number."""
        bare = tuple(IN_ITERATION.sub("", one, count=1) for one in self.alternatives)
        return Line(bare, self.may_be_absent)


@dataclass(frozen=True)
class Documented:
    """The documented sequence of one execution.

    Attributes
    ----------
    execution
        Name of the execution.
    sources
        Pages that say so.
    silent
        Questions that they leave open, so that several lines will do.
    lines
        The sequence.
    """

    execution: str
    sources: Sequence[str]
    lines: Sequence[Line]
    silent: str = ""


def documented(
    execution: str, *parts: Sequence[str | Line], sources: Sequence[str], silent: str = ""
) -> Documented:
    """Put a sequence together."""
    lines = [
        part if isinstance(part, Line) else Line((part,)) for several in parts for part in several
    ]
    return Documented(execution, sources, lines, silent)


def either(*alternatives: str) -> Line:
    """One of several lines, as AWS says nothing of which."""
    return Line(alternatives)


def perhaps(*alternatives: str) -> Line:
    """One of several lines, or none, as AWS says nothing of it."""
    return Line(alternatives, may_be_absent=True)


def started(given: Any) -> list[str]:
    """The execution begins."""
    return [f"ExecutionStarted {text(given)}"]


def succeeded(output: Any) -> list[str]:
    """The execution ends well."""
    told = text(output)
    return [f"ExecutionSucceeded {told}", "status SUCCEEDED", f"output {told}"]


def failed(error: str, cause: str) -> list[str]:
    """The execution fails."""
    return [f"ExecutionFailed {error} ({cause})", "status FAILED", f"error {error} ({cause})"]


def choice(state: str, given: Any) -> list[str]:
    """A choice hands its input on."""
    return [f"ChoiceStateEntered {state} {text(given)}", f"ChoiceStateExited {state} {text(given)}"]


def fail(state: str, given: Any) -> list[str]:
    """A Fail state takes the execution's error from its input; it is never exited."""
    return [f"FailStateEntered {state} {text(given)}", *failed(given["error"], given["cause"])]


CALL: tuple[str, str] = "TaskScheduled lambda invoke timeout", "TaskStarted lambda invoke"
"""A call of the function begins; a retry schedules another without entering the state again."""


def call(
    state: str, given: Any, answer: Any, failures: Sequence[str | Line] = ()
) -> list[str | Line]:
    """A state calls the function, again after each failure, and its output is the answer."""
    told = text({"Payload": [[answer]]})
    return [
        f"TaskStateEntered {state} {text(given)}",
        *failures_of(failures),
        *CALL,
        f"TaskSucceeded {told}",
        f"TaskStateExited {state} {text(answer)}",
    ]


def failures_of(failures: Sequence[str | Line]) -> Iterator[str | Line]:
    """Calls that fail: each with what its last event says."""
    for failure in failures:
        yield from (*CALL, failure)


def task_failed(error: str, cause: str = "-") -> str:
    """The last event of a call that fails."""
    return f"TaskFailed {error} ({cause})"


def given_up(state: str, given: Any, failures: Sequence[str | Line]) -> list[str | Line]:
    """A state fails, each time it tries; nothing catches that."""
    return [f"TaskStateEntered {state} {text(given)}", *failures_of(failures)]


def caught(state: str, given: Any, failures: Sequence[str | Line], output: Any) -> list[str | Line]:
    """A state fails, each time it tries, and is left by a catcher."""
    return [*given_up(state, given, failures), f"TaskStateExited {state} {text(output)}"]


def error(name: str, cause: str = "-") -> dict[str, str]:
    """Make the output that a catcher hands on."""
    return {"Error": name, "Cause": cause}


def asked(*, heartbeat: bool = False) -> list[str]:
    """A state hands its token to the function, which answers, and waits."""
    beats = " heartbeat" if heartbeat else ""
    resource = "lambda invoke.waitForTaskToken"
    return [
        f"TaskScheduled {resource} timeout{beats}",
        f"TaskStarted {resource}",
        f"TaskSubmitted {resource}",
    ]


def iteration(
    index: int, state: str, *parts: Sequence[str | Line], ends: str = "Succeeded"
) -> list[str]:
    """An iteration of an inline map, whose output is that of its last state."""
    return [
        f"[{index}] {line}"
        for line in (
            f"MapIterationStarted {state} {index}",
            *(line for part in parts for line in part),
            f"MapIteration{ends} {state} {index}",
        )
    ]


def mapped(state: str, given: Any, iterations: Sequence[str], output: Any) -> list[str]:
    """An inline map whose iterations all succeed."""
    return [
        f"MapStateEntered {state} {text(given)}",
        f"MapStateStarted {len(given)}",
        *iterations,
        "MapStateSucceeded",
        f"MapStateExited {state} {text(output)}",
    ]
