"""The state machines of commands (guide, "Complete command state machine")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.states import EXPRESS_SECONDS, CheckResult, CommandState
from stacks.asl import (
    ALL_ERRORS,
    TIMEOUT,
    UNTIL_THE_END,
    Definition,
    catch,
    choice,
    fail,
    inline_map,
    machine,
    number_equals,
    succeed,
    within_express,
)

if TYPE_CHECKING:
    from stacks.asl import Invocation, State
    from stacks.options.workflows import CommandOptions


def command_definition(invoke: Invocation, options: CommandOptions) -> Definition:
    """Define how one command is applied, after its predecessor and before its successor.

    Beyond the guide, any error leads to ``fail_command``, which marks the command and tells a
    waiting successor. Two more branches lead past states without work. Handlers find the command's
    key in the execution's input, so an error may take the place of a state's. ``fail_command``
    itself catches nothing: should it fail too, the execution fails with that error. A wait that
    times out looks again for itself. One that finds its command ended has nothing left to do.
    """
    s = CommandState
    on_error = [catch(ALL_ERRORS, s.FAIL_COMMAND)]
    on_timeout = catch(TIMEOUT, s.CHECK_VERSION, ResultPath=None)
    return machine(
        "Handles command stream processing with version control",
        s.CHECK_VERSION,
        {
            s.CHECK_VERSION: invoke.task(Next=s.CHECK_VERSION_RESULT, Catch=on_error),
            s.CHECK_VERSION_RESULT: choice(
                number_equals("$.result", CheckResult.GO, s.SET_TTL_COMMAND),
                number_equals("$.result", CheckResult.COPY, s.HISTORY_COPY),
                number_equals("$.result", CheckResult.APPLY, s.TRANSFORM_DATA),
                number_equals("$.result", CheckResult.ENDED, s.SUCCESS),
                number_equals("$.result", CheckResult.WAIT, s.WAIT_PREV_COMMAND),
                number_equals("$.result", CheckResult.REFUSED, s.FAIL),
                default=s.WAIT_PREV_COMMAND,
            ),
            s.WAIT_PREV_COMMAND: invoke.callback(
                timeout_seconds=options.wait_seconds,
                Next=s.SET_TTL_COMMAND,
                Catch=[on_timeout, *on_error],
            ),
            s.SET_TTL_COMMAND: invoke.task(Next=s.HISTORY_COPY, Catch=on_error),
            s.HISTORY_COPY: invoke.task(Next=s.TRANSFORM_DATA, Catch=on_error),
            s.TRANSFORM_DATA: invoke.task(Next=s.SYNC_DATA_ALL, Catch=on_error),
            s.SYNC_DATA_ALL: inline_map(
                s.SYNC_DATA,
                {s.SYNC_DATA: invoke.task(End=True)},
                max_concurrency=0,
                Next=s.FINISH,
                Catch=on_error,
            ),
            s.FINISH: invoke.task(Next=s.SUCCESS, Catch=on_error),
            s.SUCCESS: succeed(),
            s.FAIL_COMMAND: invoke.task(Next=s.FAIL),
            s.FAIL: fail(error_path="$.error", cause_path="$.cause"),
        },
        timeout_seconds=options.execution_timeout_seconds,
    )


def express_command_definition(invoke: Invocation, options: CommandOptions) -> Definition:
    """Define the same for an Express machine, in which nothing waits.

    ``wait_prev_command`` leaves the command's start to the end of the one before, and the execution
    is over. As long as AWS is away, states are tried again until the execution's time is over, and
    the healer begins the command again.
    """
    standard = command_definition(invoke, options)
    left = invoke.task(
        Next=CommandState.SUCCESS, Catch=[catch(ALL_ERRORS, CommandState.FAIL_COMMAND)]
    )
    states = {**standard["States"], CommandState.WAIT_PREV_COMMAND: left}
    return {
        **standard,
        "Comment": "Handles command stream processing with version control, without waits",
        "TimeoutSeconds": EXPRESS_SECONDS,
        "States": {name: _hurried(state) for name, state in states.items()},
    }


def _hurried(state: State) -> State:
    match state["Type"]:
        case "Task":
            return within_express(state, UNTIL_THE_END)
        case "Map":
            processor = state["ItemProcessor"]
            inner = {name: _hurried(one) for name, one in processor["States"].items()}
            return {**state, "ItemProcessor": {**processor, "States": inner}}
    return state
