"""JSON Schemas of routes by which an environment is operated, by the names of the OpenAPI page."""

from __future__ import annotations

from typing import Any

from cqrs.api.schemas import (
    ANY_OBJECT,
    COMMAND,
    CURSOR,
    MAYBE_MOMENT,
    MAYBE_TEXT,
    MOMENT,
    OBJECT,
    TEXT,
    TRUTH,
    WHOLE,
    described,
    list_of,
    object_of,
)
from cqrs.aws.log_lines import Level

STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
"""Of executions (Step Functions API reference, ListExecutions)."""

STATUS: dict[str, Any] = {"type": "string", "enum": list(STATUSES)}
MAYBE_WHOLE = {"type": ["integer", "null"]}

WORKFLOWS = object_of(workflows=list_of(object_of(name=TEXT)))
STARTED = object_of(
    machine=TEXT,
    name=TEXT,
    started=described(
        TRUTH, "False if there is one of this name already; while that runs, AWS may say true."
    ),
)
_LISTED: dict[str, Any] = {
    "machine": TEXT,
    "name": TEXT,
    "status": STATUS,
    "started": MOMENT,
    "stopped": MAYBE_MOMENT,
}
EXECUTIONS = object_of(executions=list_of(object_of(**_LISTED)), cursor=CURSOR)
_ATTEMPT = object_of(**_LISTED, attempt=WHOLE)
ATTEMPTS = object_of(executions=list_of(_ATTEMPT))
COMMAND_ATTEMPTS = object_of(
    executions=list_of(
        object_of(
            machine=TEXT,
            name=described(MAYBE_TEXT, "Null of an Express execution, which nobody can ask for."),
            status=MAYBE_TEXT,
            started=MAYBE_MOMENT,
            stopped=MAYBE_MOMENT,
            attempt=WHOLE,
        )
    ),
    lane={"type": "string", "enum": ["standard", "express"]},
)
_VALUES: dict[str, Any] = {
    "input": described(MAYBE_TEXT, "JSON, cut to `characters`."),
    "input_is_cut": TRUTH,
    "output": described(MAYBE_TEXT, "JSON, cut to `characters`."),
    "output_is_cut": TRUTH,
    "error": MAYBE_TEXT,
    "cause": MAYBE_TEXT,
}
WHOLE_EXECUTION = object_of(**_LISTED, **_VALUES)
STATES_OF_EXECUTION = object_of(
    states=list_of(
        object_of(
            id=described(WHOLE, "Number of the event with which it began."),
            state=TEXT,
            type=TEXT,
            status={"type": "string", "enum": [*STATUSES, "CAUGHT"]},
            entered=MOMENT,
            exited=MAYBE_MOMENT,
            **_VALUES,
            failed_tries=WHOLE,
            iteration=described(MAYBE_WHOLE, "Number of the map's item, from 0; else null."),
        )
    ),
    cursor=CURSOR,
    is_complete=described(TRUTH, "False if the history is too long to be read to its end."),
    status=described(STATUS, "Of the execution."),
)
LOG_LINE = object_of(
    id=described(TEXT, "Tells it from others."),
    at=MOMENT,
    level={"type": "string", "enum": [level.value for level in Level]},
    message=TEXT,
    execution=described(MAYBE_TEXT, "The execution that called the function; null of other calls."),
    state=described(MAYBE_TEXT, "The state that did, likewise."),
    invocation=described(MAYBE_TEXT, "Id of the invocation that wrote it."),
    keys=described(ANY_OBJECT, "All else that it says, such as `command`, `error` and `fault`."),
    traceback=described(
        MAYBE_TEXT, "Of an unexpected error, for operators and administrators; else null."
    ),
)
LOG_PAGE = object_of(
    lines=list_of(LOG_LINE),
    cursor=CURSOR,
    read_at=described(MOMENT, "When the log was read; lines of before may still come."),
)
DEFINITION = object_of(
    machine=TEXT,
    definition=described(OBJECT, "Amazon States Language, without what names resources."),
)

SOURCES = object_of(sources=list_of(object_of(source=TEXT, letters=WHOLE)))
LETTER = object_of(
    id=TEXT,
    source=TEXT,
    item={
        "type": ["object", "null"],
        "additionalProperties": TEXT,
        "description": "Key of the item that it is about, if it tells one: `pk` and `sk`.",
    },
    sent_at=described(TEXT, "UTC, ISO 8601; empty if SQS does not say."),
    error=TEXT,
    reason=TEXT,
    body=described(TEXT, "In lists its beginning."),
    set_aside={
        "type": ["object", "null"],
        "additionalProperties": True,
        "description": "A body that the letter cannot hold, as far as it is known.",
    },
)
LETTERS = object_of(
    letters=list_of(LETTER), not_shown=described(WHOLE, "How many there are besides.")
)
_REDRIVEN = object_of(id=TEXT, result=TEXT, given_back=TRUTH)
REDRIVEN = _REDRIVEN
REDRIVE = object_of(
    letters=list_of(_REDRIVEN),
    left=described(WHOLE, "How many are still to be tried: send the request again."),
    stopped=described(MAYBE_TEXT, "Why it stopped early; null if nothing was wrong."),
)
DISCARDED = object_of(id=TEXT, result=TEXT, record=described(TEXT, "Address of what is kept."))
DISCARDED_LETTERS = object_of(
    letters=list_of(
        object_of(
            record=TEXT,
            discarded_at=MOMENT,
            by=TEXT,
            why=TEXT,
            source=TEXT,
            message=TEXT,
        )
    ),
    damaged=list_of(TEXT),
    cursor=CURSOR,
)

REMEDY = object_of(
    does={"type": "string", "enum": ["repair", "retry", "redrive", "cancel"]},
    method=TEXT,
    path=TEXT,
)
_TOLD: dict[str, Any] = {
    "id": described(TEXT, "A word by which it is found again."),
    "examination": TEXT,
    "problem": TEXT,
    "subject": TEXT,
    "detail": TEXT,
}
FINDING = object_of(
    **_TOLD,
    can_be_repaired=described(TRUTH, "Whether `repair` is safe without a look at the cause."),
    advice=TEXT,
    remedies=described(list_of(REMEDY), "Requests that help, the first one first."),
    executions=described(
        MAYBE_TEXT, "The place of the executions of what it is about, which show what happened."
    ),
)
_EXTENT: dict[str, Any] = {
    "examined": described(list_of(TEXT), "Examinations that this page has brought to an end."),
    "not_examined": list_of(object_of(examination=TEXT, reason=TEXT)),
    "examinations": described(list_of(TEXT), "All of them, in their order."),
    "cursor": CURSOR,
}
_REPAIR = object_of(**_TOLD, repaired=TRUTH)
FINDINGS = object_of(findings=list_of(FINDING), **_EXTENT)
FINDINGS_AGAIN = object_of(findings=list_of(FINDING))
REPAIRS = object_of(repairs=list_of(_REPAIR))
REPAIR_PAGE = object_of(repairs=list_of(_REPAIR), **_EXTENT)

ALARM = object_of(
    name=described(TEXT, "Without the environment's prefix."),
    state={"type": "string", "enum": ["ALARM", "INSUFFICIENT_DATA"]},
    description=described(TEXT, "Its meaning, and the remedy."),
    reason=described(TEXT, "Why it has this state, in CloudWatch's words."),
    since=described(MAYBE_MOMENT, "When it came to this state; null if CloudWatch does not say."),
)
ALARMS = object_of(
    alarms=described(list_of(ALARM), "Those of the page that are not OK."),
    quiet=described(WHOLE, "How many alarms of the page are OK."),
    cursor=CURSOR,
)

FAILED_COMMANDS = object_of(commands=list_of(COMMAND), damaged=list_of(TEXT), cursor=CURSOR)

_COUNTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "object", "additionalProperties": WHOLE},
    "description": "By each phase what it has counted so far.",
}
READ_MODEL_RUN = object_of(
    model=TEXT,
    run=TEXT,
    kind={"type": "string", "enum": ["rebuild", "replay", "drop"]},
    phase={
        "type": "string",
        "enum": ["fill", "settle", "verify", "clear", "ready", "done", "cancelled"],
    },
    begun_at=MOMENT,
    phase_at=MOMENT,
    generation=described(MAYBE_WHOLE, "The one that is filled or removed; null of a replay."),
    from_history=described(TRUTH, "Whether it shows each item in all of its versions."),
    segments=WHOLE,
    rate=WHOLE,
    hold=TRUTH,
    counts=_COUNTS,
    examples=described(list_of(TEXT), "Some of the items that were refused or differ."),
)
READ_MODEL_GENERATIONS = object_of(living=WHOLE, previous=MAYBE_WHOLE)
_GENERATION = object_of(generation=WHOLE, version=WHOLE)
_MAYBE_GENERATION: dict[str, Any] = {"anyOf": [_GENERATION, {"type": "null"}]}
READ_MODEL = object_of(
    name=TEXT,
    item_types=list_of(TEXT),
    versions=list_of(WHOLE),
    living=_GENERATION,
    building=_MAYBE_GENERATION,
    previous=_MAYBE_GENERATION,
    run={"anyOf": [READ_MODEL_RUN, {"type": "null"}]},
)
READ_MODELS = object_of(read_models=list_of(READ_MODEL))
REBUILD_ESTIMATE = object_of(
    items=WHOLE,
    exact=described(TRUTH, "False if a part was counted, and stands for all."),
    seconds=WHOLE,
    usd={"type": "number"},
)

NAMED = {
    "Alarm": ALARM,
    "AlarmPage": ALARMS,
    "CommandExecutions": COMMAND_ATTEMPTS,
    "DeadLetter": LETTER,
    "DeadLetterPage": LETTERS,
    "DeadLetterSources": SOURCES,
    "Definition": DEFINITION,
    "DiscardedLetter": DISCARDED,
    "DiscardedLetterPage": DISCARDED_LETTERS,
    "ExecutionAttempts": ATTEMPTS,
    "ExecutionPage": EXECUTIONS,
    "ExecutionStates": STATES_OF_EXECUTION,
    "FailedCommandPage": FAILED_COMMANDS,
    "FindingPage": FINDINGS,
    "FindingsAgain": FINDINGS_AGAIN,
    "LogLine": LOG_LINE,
    "LogPage": LOG_PAGE,
    "ReadModel": READ_MODEL,
    "ReadModelGenerations": READ_MODEL_GENERATIONS,
    "ReadModelRun": READ_MODEL_RUN,
    "ReadModels": READ_MODELS,
    "RebuildEstimate": REBUILD_ESTIMATE,
    "Redrive": REDRIVE,
    "RedrivenLetter": REDRIVEN,
    "RepairPage": REPAIR_PAGE,
    "Repairs": REPAIRS,
    "StartedWorkflow": STARTED,
    "WholeExecution": WHOLE_EXECUTION,
    "Workflows": WORKFLOWS,
}
"""Schemas of answers, as those of :data:`cqrs.api.schemas.NAMED`."""
