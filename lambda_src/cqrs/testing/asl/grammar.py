"""The part of the Amazon States Language that the interpreter knows; all else is refused by name.

An interpreter that passed over what it does not know would run another machine than AWS does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cqrs.testing.asl.language import Document, comparison_of, steps_of

CALLBACK = ".waitForTaskToken"
INVOKE = "arn:aws:states:::lambda:invoke"
RESOURCES = frozenset({INVOKE, f"{INVOKE}{CALLBACK}"})
READER = "arn:aws:states:::s3:getObject"

DISTRIBUTED = "DISTRIBUTED"
INTRINSIC = "States."
ALTERNATIVES = "Test it on the emulator instead (`make up`), or write it with what is known."

ENDS = frozenset({"Next", "End"})
PATHS = frozenset({"InputPath", "OutputPath"})
RESULTS = frozenset({"ResultPath", "ResultSelector"})
ERRORS = frozenset({"Retry", "Catch"})
COMMON = frozenset({"Type", "Comment"})

FIELDS: Mapping[str, frozenset[str]] = {
    "Task": COMMON
    | ENDS
    | PATHS
    | RESULTS
    | ERRORS
    | {"Resource", "Parameters", "TimeoutSeconds", "HeartbeatSeconds"},
    "Map": COMMON
    | ENDS
    | PATHS
    | RESULTS
    | ERRORS
    | {
        "ItemsPath",
        "ItemSelector",
        "ItemProcessor",
        "MaxConcurrency",
        "Label",
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "ToleratedFailurePercentage",
        "ToleratedFailureCount",
    },
    "Parallel": COMMON | ENDS | PATHS | RESULTS | ERRORS | {"Branches", "Parameters"},
    "Pass": COMMON | ENDS | PATHS | {"ResultPath", "Result", "Parameters"},
    "Wait": COMMON | ENDS | PATHS | {"Seconds", "SecondsPath"},
    "Choice": COMMON | PATHS | {"Choices", "Default"},
    "Succeed": COMMON | PATHS,
    "Fail": COMMON | {"Error", "Cause", "ErrorPath", "CausePath"},
}
"""The fields of each type of state."""

OF_MACHINE = frozenset({"Comment", "StartAt", "States", "TimeoutSeconds"})
OF_PROCESSOR = frozenset({"Comment", "StartAt", "States", "ProcessorConfig"})
OF_RETRIER = frozenset(
    {
        "Comment",
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
    }
)
OF_CATCHER = frozenset({"Comment", "ErrorEquals", "Next", "ResultPath"})
OF_BATCHER = frozenset({"MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"})
OF_READER = frozenset({"Resource", "ReaderConfig", "Parameters"})
OF_READER_CONFIG: Document = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}


class NotKnown(NotImplementedError):
    """A definition uses what the interpreter does not know."""


def refuse_unknown(machine: str, definition: Document) -> None:
    """Refuse a definition that the interpreter would run in another way than AWS.

    Raises
    ------
    NotKnown
        If it has a type of state, a field, a resource, a path or a function that is not known.
        The message names machine, state and field.
    """
    for place, told in _unknown(definition, OF_MACHINE):
        where = f"state {place!r} of machine {machine!r}" if place else f"machine {machine!r}"
        raise NotKnown(
            f"The interpreter of cqrs.testing does not know {told} in {where}. {ALTERNATIVES}"
        )


def _unknown(machine: Document, fields: frozenset[str]) -> Iterator[tuple[str, str]]:
    for told in _further(machine, fields, "the field"):
        yield "", told
    for name in ("StartAt", "States"):
        if name not in machine:
            yield "", f"a machine without {name}"
            return
    states = machine["States"]
    if machine["StartAt"] not in states:
        yield "", f"the state {machine['StartAt']!r} that it starts at"
    for name, state in states.items():
        for told in _unknown_of(state, states):
            yield name, told
        for inner in machines_of(state):
            yield from _unknown(inner, OF_PROCESSOR)


def machines_of(state: Document) -> Sequence[Document]:
    """The machines within a state: the processor of a map, the branches of a Parallel."""
    if "ItemProcessor" in state:
        return [state["ItemProcessor"]]
    return state.get("Branches", ()) if state.get("Type") == "Parallel" else ()


def _unknown_of(state: Document, states: Document) -> Iterator[str]:
    kind = str(state.get("Type"))
    if kind not in FIELDS:
        yield f"the type {kind!r}"
        return
    yield from _further(state, FIELDS[kind], "the field")
    yield from _leading(state, states)
    for name in ("InputPath", "OutputPath", "ResultPath", "ItemsPath", "SecondsPath"):
        yield from _unknown_path(name, state.get(name))
    for name in ("Parameters", "ResultSelector", "ItemSelector"):
        yield from _unknown_in_template(state.get(name))
    for retrier in state.get("Retry", ()):
        yield from _further(retrier, OF_RETRIER, "the field of a retrier")
    for catcher in state.get("Catch", ()):
        yield from _further(catcher, OF_CATCHER, "the field of a catcher")
        yield from _unknown_path("ResultPath", catcher.get("ResultPath"))
    if kind in UNKNOWN_OF:
        yield from UNKNOWN_OF[kind](state)


def _leading(state: Document, states: Document) -> Iterator[str]:
    """Names of next states that are none."""
    rules = (*state.get("Choices", ()), *state.get("Catch", ()), state)
    nexts = [rule["Next"] for rule in rules if "Next" in rule]
    nexts += [state["Default"]] if "Default" in state else []
    yield from (f"the state {name!r}, to which it leads," for name in nexts if name not in states)
    is_last = state["Type"] in {"Choice", "Succeed", "Fail"}
    if not is_last and ("Next" in state) == bool(state.get("End")):
        yield "a state that has not one of Next and End"


def _further(part: Document, known: frozenset[str], what: str) -> Iterator[str]:
    yield from (f"{what} {name!r}" for name in sorted(part.keys() - known))


def _unknown_path(name: str, path: Any) -> Iterator[str]:
    if path is None:
        return
    try:
        steps_of(path)
    except (TypeError, ValueError):
        yield f"the path {path!r} ({name})"


def _unknown_in_template(template: Any) -> Iterator[str]:
    if isinstance(template, Mapping):
        for name, part in template.items():
            if not name.endswith(".$"):
                yield from _unknown_in_template(part)
            elif isinstance(part, str) and part.startswith(INTRINSIC):
                yield f"the intrinsic function {part!r}"
            else:
                path = part.replace("$$", "$", 1) if isinstance(part, str) else part
                yield from _unknown_path(name, path)
    elif isinstance(template, list):
        for part in template:
            yield from _unknown_in_template(part)


def _of_task(state: Document) -> Iterator[str]:
    if state.get("Resource") not in RESOURCES:
        yield f"the resource {state.get('Resource')!r}"
    elif "Payload" not in state.get("Parameters", {}):
        yield "a call of a function without Payload"


def _of_choice(state: Document) -> Iterator[str]:
    for rule in state["Choices"]:
        yield from _unknown_rule(rule)


def _unknown_rule(rule: Document) -> Iterator[str]:
    inner = [*rule.get("And", ()), *rule.get("Or", ()), *([rule["Not"]] if "Not" in rule else ())]
    if inner:
        for part in inner:
            yield from _unknown_rule(part)
        return
    try:
        comparison_of(rule)
    except ValueError:
        yield f"the choice {dict(rule)!r}"
        return
    yield from _unknown_path("Variable", rule.get("Variable", ""))


def _of_map(state: Document) -> Iterator[str]:
    config = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    if config.get("Mode", "INLINE") != DISTRIBUTED:
        distributed = {"ItemReader", "ItemBatcher", "ResultWriter", "Label"}
        yield from (f"the field {name!r} of an inline map" for name in distributed & state.keys())
        return
    reader = state.get("ItemReader", {})
    yield from _further(reader, OF_READER, "the field of an item reader")
    if reader.get("Resource") != READER or reader.get("ReaderConfig") != OF_READER_CONFIG:
        yield f"the item reader {dict(reader)!r}"
    yield from _further(state.get("ItemBatcher", {}), OF_BATCHER, "the field of an item batcher")


UNKNOWN_OF: Mapping[str, Callable[[Document], Iterator[str]]] = {
    "Task": _of_task,
    "Choice": _of_choice,
    "Map": _of_map,
}
