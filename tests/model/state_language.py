"""The parts of the Amazon States Language that have no state: paths, templates, choices, errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

Document = Mapping[str, Any]

TIMEOUT = "States.Timeout"
STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")

DEFAULT_ATTEMPTS = 3


def select(path: str, value: Any) -> Any:
    """The value that a reference path such as ``$.Payload[0][0]`` leads to."""
    for step in _steps(path):
        value = value[step]
    return value


@lru_cache
def _steps(path: str) -> tuple[str | int, ...]:
    steps = STEP.findall(path)
    if "$" + "".join(f".{name}" if name else f"[{index}]" for name, index in steps) != path:
        raise ValueError(f"Path not understood: {path}")
    return tuple(name or int(index) for name, index in steps)


def fill(template: Any, state_input: Any, context: Document) -> Any:
    """Fill a payload template."""
    if isinstance(template, list):
        return [fill(part, state_input, context) for part in template]
    if not isinstance(template, Mapping):
        return template
    return dict(_field(name, part, state_input, context) for name, part in template.items())


def _field(name: str, part: Any, state_input: Any, context: Document) -> tuple[str, Any]:
    if not name.endswith(".$"):
        return name, fill(part, state_input, context)
    root = context if part.startswith("$$") else state_input
    return name.removesuffix(".$"), select(part.replace("$$", "$", 1), root)


def next_of_choice(state: Document, state_input: Any) -> str:
    """The state that a Choice state leads to."""
    for branch in state["Choices"]:
        (comparison,) = branch.keys() - {"Variable", "Next"}
        if comparison not in {"NumericEquals", "BooleanEquals"}:
            raise ValueError(f"Choice not understood: {branch}")
        if select(branch["Variable"], state_input) == branch[comparison]:
            return str(branch["Next"])
    return str(state["Default"])


def matching(rules: Sequence[Document], error: str) -> int | None:
    """Position of the first retrier or catcher that names an error."""
    for position, rule in enumerate(rules):
        if any(_names(pattern, error) for pattern in rule["ErrorEquals"]):
            return position
    return None


def _names(pattern: str, error: str) -> bool:
    if pattern == "States.ALL":
        return True
    if pattern == "States.TaskFailed":
        return error != TIMEOUT
    return pattern == error


def attempts(retrier: Document) -> int:
    """How often a retrier repeats its state."""
    return int(retrier.get("MaxAttempts", DEFAULT_ATTEMPTS))


def caught_input(catcher: Document, state_input: Any, error: str, cause: str) -> Any:
    """Input of the state that a catcher leads to."""
    output = {"Error": error, "Cause": cause}
    path = catcher.get("ResultPath", "$")
    if path is None:
        return state_input
    if path == "$":
        return output
    name = path.removeprefix("$.")
    if not name.isidentifier():
        raise ValueError(f"ResultPath not understood: {path}")
    return {**state_input, name: output}
