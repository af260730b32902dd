"""The parts of the Amazon States Language that have no state: paths, templates, choices, errors.

Source: Step Functions guide, "Processing input and output", "Choice workflow state" and "Handling
errors in Step Functions workflows".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

Document = Mapping[str, Any]

TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
RUNTIME = "States.Runtime"
PARAMETERS = "States.ParameterPathFailure"
RESULT_PATH = "States.ResultPathMatchFailure"
NO_CHOICE = "States.NoChoiceMatched"
DATA_LIMIT = "States.DataLimitExceeded"

UNCAUGHT = frozenset({RUNTIME, DATA_LIMIT})
"""Errors that ``States.ALL`` does not name, so that nothing catches them."""

STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|\['([^'\[\]]+)'\]")

SHOWN_LENGTH = 200

DEFAULT_ATTEMPTS = 3
DEFAULT_INTERVAL = 1.0
DEFAULT_RATE = 2.0
LONGEST_PAUSE = 31_622_400
"""Most that ``MaxDelaySeconds`` may be."""


class StatesError(Exception):
    """A state cannot go on; Step Functions fails it with this error."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def select(path: str, value: Any) -> Any:
    """The value that a reference path such as ``$.Payload[0][0]`` leads to.

    Raises
    ------
    LookupError, TypeError
        If it leads nowhere.
    ValueError
        If the text is another one than of such a path.
    """
    for step in steps_of(path):
        value = value[step]
    return value


def selected(path: str, value: Any, error: str = RUNTIME) -> Any:
    """The same; if the path leads nowhere, the state fails.

    Raises
    ------
    StatesError
        If it leads nowhere.
    """
    try:
        return select(path, value)
    except (LookupError, TypeError):
        raise StatesError(error, f"The path {path} leads nowhere in {_shown(value)}.") from None


@lru_cache
def steps_of(path: str) -> tuple[str | int, ...]:
    """Names and indexes along a reference path.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = list(STEP.finditer(path))
    if "$" + "".join(step.group() for step in found) != path:
        raise ValueError(f"Path not understood: {path}")
    return tuple(int(step[2]) if step[2] else step[1] or step[3] for step in found)


def fill(template: Any, state_input: Any, context: Document) -> Any:
    """Fill a payload template.

    Raises
    ------
    StatesError
        If one of its paths leads nowhere.
    """
    if isinstance(template, list):
        return [fill(part, state_input, context) for part in template]
    if not isinstance(template, Mapping):
        return template
    return dict(_field(name, part, state_input, context) for name, part in template.items())


def _field(name: str, part: Any, state_input: Any, context: Document) -> tuple[str, Any]:
    if not name.endswith(".$"):
        return name, fill(part, state_input, context)
    root = context if part.startswith("$$") else state_input
    return name.removesuffix(".$"), selected(part.replace("$$", "$", 1), root, PARAMETERS)


def put_result(path: str | None, state_input: Any, result: Any) -> Any:
    """The state's input with its result at the place that ``ResultPath`` names.

    ``$`` stands for the input itself.

    Raises
    ------
    StatesError
        If the input has no such place.
    """
    if path is None:
        return state_input
    steps = steps_of(path)
    if not steps:
        return result
    if not isinstance(state_input, Mapping):
        raise StatesError(RESULT_PATH, f"ResultPath {path} has no place in {_shown(state_input)}.")
    first, *others = steps
    inner = "$" + "".join(f".{step}" for step in others)
    there = put_result(inner, state_input.get(first, {}), result) if others else result
    return {**state_input, str(first): there}


# Choices


def _of(kinds: type | tuple[type, ...], compare: Callable[[Any, Any], bool]) -> Any:
    """A comparison that does not hold for a value of another type."""

    def holds(value: Any, wanted: Any) -> bool:
        return _is(value, kinds) and compare(value, wanted)

    return holds


def _is(value: Any, kinds: type | tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (kinds is bool or not isinstance(value, bool))


NUMBER = (int, float)
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    **{f"Numeric{name}": _of(NUMBER, compare) for name, compare in ORDERS.items()},
    **{f"String{name}": _of(str, compare) for name, compare in ORDERS.items()},
    "BooleanEquals": _of(bool, operator.eq),
    "IsNull": lambda value, wanted: (value is None) == wanted,
    "IsBoolean": lambda value, wanted: _is(value, bool) == wanted,
    "IsNumeric": lambda value, wanted: _is(value, NUMBER) == wanted,
    "IsString": lambda value, wanted: _is(value, str) == wanted,
}
"""Questions of a choice's rule about its variable; ``IsPresent`` asks whether there is one."""

PRESENT = "IsPresent"


def next_of_choice(state: Document, state_input: Any) -> str:
    """The state that a Choice state leads to.

    Raises
    ------
    StatesError
        If no branch holds and there is no default, or the variable of a branch is missing.
    """
    for branch in state["Choices"]:
        if _holds(branch, state_input):
            return str(branch["Next"])
    if "Default" not in state:
        raise StatesError(NO_CHOICE, f"No branch holds for {_shown(state_input)}.")
    return str(state["Default"])


def _holds(rule: Document, state_input: Any) -> bool:
    if "And" in rule:
        return all(_holds(part, state_input) for part in rule["And"])
    if "Or" in rule:
        return any(_holds(part, state_input) for part in rule["Or"])
    if "Not" in rule:
        return not _holds(rule["Not"], state_input)
    comparison = comparison_of(rule)
    if comparison == PRESENT:
        return bool(_is_there(rule["Variable"], state_input) == rule[PRESENT])
    return COMPARISONS[comparison](selected(rule["Variable"], state_input), rule[comparison])


def comparison_of(rule: Document) -> str:
    """The question of a choice's rule.

    Raises
    ------
    ValueError
        If that is not one known thing.
    """
    names = rule.keys() - {"Variable", "Next", "Comment"}
    if len(names) != 1 or not names <= {*COMPARISONS, PRESENT}:
        raise ValueError(f"Choice not understood: {dict(rule)}")
    (name,) = names
    return name


def _is_there(path: str, value: Any) -> bool:
    try:
        select(path, value)
    except (LookupError, TypeError):
        return False
    return True


# Errors


def matching(rules: Sequence[Document], error: str) -> int | None:
    """Position of the first retrier or catcher that names an error."""
    for position, rule in enumerate(rules):
        if any(_names(pattern, error) for pattern in rule["ErrorEquals"]):
            return position
    return None


def _names(pattern: str, error: str) -> bool:
    if pattern == "States.ALL":
        return error not in UNCAUGHT
    if pattern == "States.TaskFailed":
        return error not in {TIMEOUT, *UNCAUGHT}
    return pattern == error


def attempts(retrier: Document) -> int:
    """How often a retrier repeats its state."""
    return int(retrier.get("MaxAttempts", DEFAULT_ATTEMPTS))


def pause_of(
    retrier: Document, used: int, draw: Callable[[float, float], float] | None = None
) -> float:
    """Seconds before a retrier repeats its state, when it has done so often already.

    Parameters
    ----------
    draw
        Draws a number between two, for a pause with jitter; by default such a pause is as long as
        it may be.
    """
    pause = retrier.get("IntervalSeconds", DEFAULT_INTERVAL) * (
        retrier.get("BackoffRate", DEFAULT_RATE) ** min(used, 64)
    )
    pause = min(pause, retrier.get("MaxDelaySeconds", LONGEST_PAUSE))
    if draw is not None and retrier.get("JitterStrategy", "NONE") == "FULL":
        return draw(0.0, pause)
    return float(pause)


def caught_input(catcher: Document, state_input: Any, error: str, cause: str) -> Any:
    """Input of the state that a catcher leads to.

    Raises
    ------
    StatesError
        If the state's input has no place for the error.
    """
    output = {"Error": error, "Cause": cause}
    return put_result(catcher.get("ResultPath", "$"), state_input, output)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}..."
