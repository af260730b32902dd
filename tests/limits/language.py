"""The Amazon States Language, as far as the project's definitions use it, with time in it.

Paths, templates and errors are those of :mod:`tests.model.state_language`. Here are
pauses between retries with their jitter, and choices of every kind that the definitions have.
Source: Step Functions guide, "Handling errors in Step Functions workflows" and "Choice workflow
state".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.limits.chance import Chance
from tests.model.state_language import Document, select

DEFAULT_INTERVAL = 1.0
DEFAULT_RATE = 2.0

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "NumericEquals": lambda value, wanted: value == wanted,
    "NumericLessThan": lambda value, wanted: value < wanted,
    "NumericGreaterThan": lambda value, wanted: value > wanted,
    "NumericGreaterThanEquals": lambda value, wanted: value >= wanted,
    "NumericLessThanEquals": lambda value, wanted: value <= wanted,
    "BooleanEquals": lambda value, wanted: value is wanted,
    "StringEquals": lambda value, wanted: value == wanted,
}


def pause_of(retrier: Document, used: int, chance: Chance) -> float:
    """Seconds before a retrier repeats its state, when it has done so often already."""
    pause = retrier.get("IntervalSeconds", DEFAULT_INTERVAL) * (
        retrier.get("BackoffRate", DEFAULT_RATE) ** min(used, 64)
    )
    pause = min(pause, retrier.get("MaxDelaySeconds", 31_622_400))
    if retrier.get("JitterStrategy", "NONE") == "FULL":
        return chance.uniform(0.0, pause)
    return float(pause)


def chosen(state: Document, given: Any) -> str:
    """The state that a Choice leads to."""
    for branch in state["Choices"]:
        if _holds(branch, given):
            return str(branch["Next"])
    return str(state["Default"])


def _holds(rule: Document, given: Any) -> bool:
    if "And" in rule:
        return all(_holds(part, given) for part in rule["And"])
    if "Or" in rule:
        return any(_holds(part, given) for part in rule["Or"])
    if "Not" in rule:
        return not _holds(rule["Not"], given)
    (comparison,) = rule.keys() - {"Variable", "Next", "Comment"}
    try:
        value = select(rule["Variable"], given)
    except (KeyError, TypeError, IndexError):
        return comparison == "IsPresent" and not rule[comparison]
    if comparison == "IsPresent":
        return bool(rule[comparison])
    return COMPARISONS[comparison](value, rule[comparison])
