"""The table of known differences between engines and what AWS documents.

A difference that is not here fails the tests, and so does a row that no longer occurs. Each row's
``edit`` makes of the documented sequence what the engine does instead; rows are applied in their
order. ``docs/emulators.md`` has the table in words (``python -m tests.parity`` writes it).
"""

from __future__ import annotations

from tests.parity.comparison import EVERY, Difference
from tests.parity.documented import DOCUMENTED
from tests.parity.documented.commands import ANSWERED_BEFORE
from tests.parity.documented.imports import ROWS, with_results, with_threshold, written
from tests.parity.edits import (
    before_repeats,
    both,
    instead,
    lacks,
    like,
    outside_of_iterations,
    renamed,
    retried,
    wholly,
)

MINISTACK, LOCALSTACK = "MiniStack", "LocalStack"

EXCEPTION = "Runtime.HandlerError"
"""MiniStack's name for every exception of the function."""

HISTORY = "MiniStack's `_add_event` calls in `services/stepfunctions.py`"

RAISES_FOR_GOOD = (
    "command: fails for good",
    "command: cannot be failed",
    "task: one is given up",
    "task: one cannot be given up",
    "import: cannot be closed",
    "report: not made",
)

_MINISTACK = (
    Difference(
        MINISTACK,
        ("command: its wait's call fails",),
        "`wait_prev_command`, a call that fails before a wait",
        "takes no notice of it and waits until the timeout",
        "the state fails with the exception's name",
        "`_invoke_with_callback` passes over the error",
        like(DOCUMENTED, "command: its wait times out"),
    ),
    Difference(
        MINISTACK,
        ("command: takes too long",),
        "`TimeoutSeconds` of the machine",
        "does not end the execution",
        "the execution ends as TIMED_OUT",
        "`_run_execution` does not read it",
        like(DOCUMENTED, "command: its wait times out"),
    ),
    Difference(
        MINISTACK,
        ("command: AWS is away four times",),
        "`history_copy`, the retrier of Throttled",
        "fails after three retries, by the last retrier",
        "the retrier that names the exception repeats the state up to 16 times",
        "its name for every exception",
        like(DOCUMENTED, "command: fails four times"),
    ),
    Difference(
        MINISTACK,
        ("command: crashes four times",),
        "`history_copy`, a process that ends by itself",
        "calls it Runtime.HandlerError, so the last retrier gives up after three retries",
        "calls it Runtime.ExitError or Lambda.Unknown, which a retrier repeats up to six times",
        "its name for every failure of a function's process",
        both(like(DOCUMENTED, "command: fails four times"), renamed("said in history_copy", "-")),
    ),
    Difference(
        MINISTACK,
        (
            *RAISES_FOR_GOOD,
            "command: fails four times",
            "command: mends itself",
            "command: AWS is away four times",
            "command: crashes four times",
            "command: a sync handler fails",
        ),
        "an exception of the function",
        "is called Runtime.HandlerError, whatever its class",
        "has the name of its class",
        "`services/lambda_svc.py`",
        both(renamed("ValidationError", EXCEPTION), renamed("KeyError", EXCEPTION)),
    ),
    Difference(
        MINISTACK,
        RAISES_FOR_GOOD,
        "the retrier of errors that a repeat meets again",
        "does not match, so a state that fails for good is tried four times",
        "matches by the exception's name and repeats nothing",
        "its name for every exception",
        retried(f"*TaskFailed {EXCEPTION} (*", 3),
    ),
    Difference(
        MINISTACK,
        ("closure: no heartbeat",),
        "`HeartbeatSeconds` of `request_approval`",
        "takes no notice of it: only the whole timeout ends the wait",
        "the state fails as soon as a heartbeat is missing",
        "`_invoke_with_callback` does not read it",
        instead("waited: a heartbeat", "waited: the wait"),
    ),
    Difference(
        MINISTACK,
        (
            "command: its wait times out",
            "command: its wait fails and then times out",
            "command: its wait's call fails",
            "command: takes too long",
            "command: a state times out",
            "closure: no heartbeat",
            "closure: heartbeats, and no answer",
        ),
        "the event of a timeout",
        "is TaskFailed with the error States.Timeout",
        "is TaskTimedOut",
        HISTORY,
        instead("TaskTimedOut *", "TaskFailed States.Timeout (-)"),
    ),
    Difference(
        MINISTACK,
        ("command: waits and is told",),
        "answer to a token that nobody has",
        "is refused as TaskDoesNotExist",
        "is refused as InvalidToken",
        "`_send_task_success` knows one error",
        instead("send_task_success nobody's: *", "send_task_success nobody's: TaskDoesNotExist"),
    ),
    Difference(
        MINISTACK,
        ("command: waits and is told",),
        "answer to a token that has been answered",
        "is refused as TaskDoesNotExist",
        "is refused as TaskTimedOut",
        "`_send_task_success` knows one error",
        instead("send_task_success late: *", "send_task_success late: TaskDoesNotExist"),
    ),
    *(
        Difference(
            MINISTACK,
            (execution,),
            "`ResultWriter` of `import-csv`",
            "takes no notice of it: the map's result is the list of its children's",
            "writes them to the bucket, and the result says where",
            "`_run_distributed_map` does not read it",
            renamed(written(), results),
        )
        for execution, results in (
            ("import: three rows", '[{"rows": 1}, {"rows": 1}, {"rows": 1}]'),
            ("import: cannot be closed", '[{"rows": 1}]'),
            ("import: batches of two", ROWS),
        )
    ),
    Difference(
        MINISTACK,
        ("import: batches of two",),
        "`ItemBatcher` of `import-csv`",
        "takes no notice of it: each row is a child's whole input",
        "hands each child a batch of rows",
        "`_run_distributed_map` does not read it",
        both(
            lacks("batch *"),
            instead(
                "executionCounts *", 'executionCounts {"failed": 0, "succeeded": 3, "total": 3}'
            ),
        ),
    ),
    Difference(
        MINISTACK,
        EVERY,
        "states inside of a map",
        "have no events, and no event tells the iteration it belongs to",
        "are entered and exited, between MapIterationStarted and MapIterationSucceeded or -Failed",
        "`_run_sub_machine` adds no events",
        both(
            lacks("[*] MapIteration*", "[*] TaskStateEntered *", "[*] TaskStateExited *"),
            outside_of_iterations,
        ),
    ),
    Difference(
        MINISTACK,
        EVERY,
        "events of maps",
        "are MapStateEntered and MapStateExited only",
        "MapStateStarted, MapRunStarted and their ends stand between them",
        HISTORY,
        lacks("MapStateStarted *", "MapStateSucceeded", "MapStateFailed", "MapRun*"),
    ),
    Difference(
        MINISTACK,
        EVERY,
        "events of calls",
        "are TaskScheduled and the end only",
        "TaskStarted, and TaskSubmitted before a wait, stand between them",
        HISTORY,
        lacks("TaskStarted *", "TaskSubmitted *"),
    ),
    Difference(
        MINISTACK,
        EVERY,
        "TaskScheduled",
        "has the integration's whole ARN, and no timeout",
        "has the integration's last part, with the timeout and the heartbeat",
        HISTORY,
        both(
            instead(
                "TaskScheduled lambda invoke.waitForTaskToken *",
                "TaskScheduled lambda arn:aws:states:::lambda:invoke.waitForTaskToken",
            ),
            instead(
                "TaskScheduled lambda invoke *",
                "TaskScheduled lambda arn:aws:states:::lambda:invoke",
            ),
        ),
    ),
)

_LOCALSTACK = (
    Difference(
        LOCALSTACK,
        ("command: a call times out",),
        "the error of a call that took longer than the function may",
        "is Exception",
        "is Sandbox.Timedout, or Lambda.Unknown in older runtimes",
        "a report without the name of an error",
        renamed("TaskFailed Sandbox.Timedout", "TaskFailed Exception"),
    ),
    Difference(
        LOCALSTACK,
        ("command: a state times out",),
        "the answer of a call whose state has timed out",
        "is in the history, amid the next try",
        "is dropped",
        "its thread goes on, and adds the event when the function answers",
        before_repeats("TaskTimedOut *", 'TaskSucceeded {"Payload": [[{"did": "finish"}]]}'),
    ),
    Difference(
        LOCALSTACK,
        ("command: its wait fails and then times out",),
        "a retry of `wait_prev_command`",
        "has the token of the try before and takes that one's answer for its own",
        "has a token of its own and waits again",
        "`_eval_body` makes one token for all tries",
        like({row.execution: row for row in [ANSWERED_BEFORE]}, ANSWERED_BEFORE.execution),
    ),
    Difference(
        LOCALSTACK,
        ("command: waits and is told",),
        "answer to a token that has been answered",
        "is refused as InvalidToken",
        "is refused as TaskTimedOut",
        "`send_task_success` in `provider.py` looks at running executions only",
        instead("send_task_success late: *", "send_task_success late: InvalidToken"),
    ),
    Difference(
        LOCALSTACK,
        ("command: takes too long",),
        "the event of an execution that times out",
        "is not in the history; the status is TIMED_OUT",
        "is ExecutionTimedOut",
        "not known: `program.py` has the event, and the history does not",
        lacks("ExecutionTimedOut"),
    ),
    Difference(
        LOCALSTACK,
        ("import: no file",),
        "a file that is not there",
        "fails the map with States.Runtime, and MapRunFailed has no error",
        "fails the map with States.ItemReaderFailed",
        "its interpreter never raises that error",
        both(
            instead("MapRunFailed *", "MapRunFailed"),
            renamed("States.ItemReaderFailed", "States.Runtime"),
        ),
    ),
    Difference(
        LOCALSTACK,
        ("import: one batch fails",),
        "a batch that fails, and no threshold",
        "is counted, and the Map Run and the map succeed",
        "fails the Map Run with States.ExceedToleratedFailureThreshold",
        "`distributed_iteration_component.py` compares no failures with the threshold",
        both(
            instead("MapRunFailed *", "MapRunSucceeded"),
            instead("MapStateFailed", "MapStateSucceeded"),
            instead("map run FAILED, *", "map run SUCCEEDED, 50 at once"),
            renamed(with_threshold(), with_results()),
        ),
    ),
    Difference(
        LOCALSTACK,
        ("import: batches of two",),
        "`ItemBatcher` and EXPRESS children of `import-csv`",
        "are refused with the whole definition",
        "hand each child a batch of rows",
        "its grammar does not have them",
        wholly("definition refused: InvalidDefinition"),
    ),
)

TABLE = (*_MINISTACK, *_LOCALSTACK)


def rows(engine: str) -> list[Difference]:
    """The rows of an engine."""
    return [row for row in TABLE if row.engine == engine]
