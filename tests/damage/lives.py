"""Lives of commands, tasks, imports and approval requests, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.core.keys import CommandKey
from cqrs.imports.models import ProcessingMode, PublishMode
from cqrs.resources import Queue, Table
from cqrs.tasks.keys import TaskKey
from tests.damage.world import World
from tests.unit.execution import CommandExecution, state_event
from tests.unit.importing import COLUMNS, TENANT, csv_of
from tests.unit.tasking import execution_ended
from tests.unit.waiting_executions import EXECUTION, WaitingExecutions

Step = Callable[[World], None]


@dataclass(frozen=True)
class Life:
    """How something is made and comes to its end.

    Attributes
    ----------
    steps
        From its making on; it may be damaged behind each.
    afterwards
        The use that people and their tools make of it then.
    """

    name: str
    steps: Sequence[Step]
    afterwards: Sequence[Step]


# Tasks


def _task_key(world: World) -> TaskKey:
    keys = [TaskKey(pk, sk) for (table, pk, sk) in world.items() if table is Table.TASKS]
    return min(keys, key=lambda key: len(key.sk))


def _single(world: World) -> None:
    world.application.tasks.create_task("square", {"n": 3}, TENANT)


def _many(world: World) -> None:
    world.application.tasks.create_step_function_task("square", [{"n": 2}, {"n": -1}], TENANT)


def _task_inserted(world: World) -> None:
    world.stream(Table.TASKS, "INSERT")


def _task_changed(world: World) -> None:
    world.stream(Table.TASKS)


def _task_messages(world: World) -> None:
    world.messages(Queue.TASK_ACTION)


def _sub_tasks_run(world: World) -> None:
    for name, entries in list(world.clients.step_functions.started.items()):
        if not isinstance(entries, list):
            continue
        for entry in entries:
            event = state_event("iterator", entry, execution_input=entries, name=name)
            world.call("iterator", lambda event=event: world.services.task_workflow.iterator(event))


def _task_execution_ends(status: str) -> Step:
    def end(world: World) -> None:
        machine = world.services.settings.task_state_machine_arn
        for name in list(world.clients.step_functions.started):
            world.clients.step_functions.statuses[name] = status
            world.event("end of the execution", execution_ended(machine, name, status))

    return end


def _cancelled_task(world: World) -> None:
    key = _task_key(world)
    world.act("cancel_task", id=str(key), by="ann", reason="enough")
    world.stream(Table.TASKS)


def _looked_at_task(world: World) -> None:
    key = str(_task_key(world))
    world.act("get_task", id=key)
    world.act("list_tasks", tenant=TENANT)
    world.act("list_sub_tasks", id=key)
    world.run("task", "list", "--tenant", TENANT)
    world.run("task", "status", key)
    world.run("task", "sub-tasks", key)
    world.run("task", "sub-tasks", key, "--failed")


def _retried_task(world: World) -> None:
    key = str(_task_key(world))
    world.act("retry_task", id=key)
    world.stream(Table.TASKS)
    world.messages(Queue.TASK_ACTION)
    _sub_tasks_run(world)
    world.stream(Table.TASKS)


def _examined(world: World) -> None:
    world.run("doctor")
    world.run("doctor", "--fix")
    world.messages(Queue.TASK_ACTION)
    world.messages(Queue.IMPORT_ACTION)


TASK = (_looked_at_task, _examined, _retried_task, _looked_at_task)

# Commands


def _published(world: World) -> None:
    for n in (1, 2):
        world.application.commands.publish(
            "NOTE#acme", "NOTE#1", attributes={"n": n}, version=n - 1
        )


def _published_at_once(world: World) -> None:
    for n in (1, 2):
        world.application.commands.publish_sync(
            "NOTE#acme", "NOTE#1", attributes={"n": n}, version=n - 1
        )


def _command_inserted(world: World) -> None:
    world.stream(Table.COMMANDS, "INSERT")


def _executions(world: World) -> list[CommandExecution]:
    workflow, prefix = world.services.command_workflow, world.services.settings.resource_prefix
    return [
        CommandExecution(workflow, prefix, CommandKey.parse(given["pk"], given["sk"]), given)
        for given in getattr(world.clients.step_functions, "started", {}).values()
        if isinstance(given, dict) and "sk" in given and "@" in given["sk"]
    ]


def _checked(world: World) -> None:
    for place, execution in enumerate(_executions(world)):
        result = world.call("check_version", execution.check)
        if result == 1:
            world.call("wait", lambda e=execution, p=place: e.wait(f"token-{p}"))


def applied(world: World) -> None:
    """Let the executions of commands run."""
    for execution in _executions(world):
        if not world.call("check_version", execution.goes_ahead):
            continue
        if world.call("states", lambda e=execution: e.apply() or "applied") is None:
            world.call("fail_command", lambda e=execution: e.fail("Broken", "it is damaged"))


def _broken(world: World) -> None:
    for execution in _executions(world):
        world.call("fail_command", lambda e=execution: e.fail("Broken", "somebody said so"))


def _command_executions_end(world: World) -> None:
    machine = world.services.settings.command_state_machine_arn
    for name in list(world.clients.step_functions.started):
        world.clients.step_functions.statuses[name] = "TIMED_OUT"
        world.event("end of the execution", execution_ended(machine, name, "TIMED_OUT"))


def _looked_at_command(world: World) -> None:
    for version in (1, 2):
        world.act("get_command", pk="NOTE#acme", sk=f"NOTE#1@{version}")
        world.act("get_command_status", pk="NOTE#acme", sk=f"NOTE#1@{version}")
        world.act("get_command_obstacle", pk="NOTE#acme", sk=f"NOTE#1@{version}")
        world.run("get-command", "NOTE#acme", f"NOTE#1@{version}")
    world.act("get_data", pk="NOTE#acme", sk="NOTE#1")
    world.act("list_data", pk="NOTE#acme")
    world.act("list_history", pk="NOTE#acme", sk="NOTE#1")
    world.act("get_history", pk="NOTE#acme", sk="NOTE#1", version=1)
    world.act("get_newest_version", pk="NOTE#acme", sk="NOTE#1")
    world.run("get", "NOTE#acme", "NOTE#1")
    world.run("history", "NOTE#acme", "NOTE#1")


def _retried_command(world: World) -> None:
    world.run("retry", "NOTE#acme", "NOTE#1@1")
    world.run("retry", "--failed", "--yes")
    world.stream(Table.COMMANDS, "INSERT")
    applied(world)


def _published_again(world: World) -> None:
    world.act("publish", pk="NOTE#acme", sk="NOTE#1", attributes={"n": 3})
    world.act("publish_partial_update", pk="NOTE#acme", sk="NOTE#1", attributes={"n": 4})
    world.act("publish_sync", pk="NOTE#acme", sk="NOTE#1", attributes={"n": 5})
    world.stream(Table.COMMANDS, "INSERT")
    applied(world)


def _row_of_it(mode: ProcessingMode, publish: PublishMode) -> Step:
    def imported(world: World) -> None:
        world.clients.s3.put_object(
            Bucket=world.services.settings.bucket,
            Key="in.csv",
            Body=csv_of(("AAA", "Aville", "1"), ("BBB", "Bville", "2")).encode(),
        )
        world.application.imports.create_csv_import(
            world.services.settings.bucket, "in.csv", "places", TENANT, mode, publish, None
        )
        world.stream(Table.IMPORT_TMP, "INSERT")
        world.messages(Queue.IMPORT_ACTION)

    return imported


COMMAND = (_looked_at_command, _examined, _published_again, _retried_command, _looked_at_command)

# Imports


def _import(mode: ProcessingMode, publish: PublishMode = PublishMode.SYNC) -> Step:
    def made(world: World) -> None:
        rows = [("AAA", "Aville", "1"), ("BB", "Bville", "2"), ("CCC", "Cville", "")]
        world.clients.s3.put_object(
            Bucket=world.services.settings.bucket, Key="in.csv", Body=csv_of(*rows).encode()
        )
        world.application.imports.create_csv_import(
            world.services.settings.bucket, "in.csv", "places", TENANT, mode, publish, None
        )

    return made


def _import_id(world: World) -> str:
    keys = [(pk, sk) for (table, pk, sk) in world.items() if table is Table.IMPORT_TMP]
    pk, sk = min(keys, key=lambda key: len(key[1]))
    return f"{pk}/{sk}"


def _import_inserted(world: World) -> None:
    world.stream(Table.IMPORT_TMP, "INSERT", pk="CSV_IMPORT#")


def _import_messages(world: World) -> None:
    world.messages(Queue.IMPORT_ACTION)


def _map_runs(world: World) -> None:
    for given in list(world.clients.step_functions.started.values()):
        if not (isinstance(given, dict) and "columns" in str(given)):
            continue
        items = [
            {"row": dict(zip(COLUMNS, row, strict=True)), "index": place}
            for place, row in enumerate([("AAA", "Aville", "1"), ("BB", "Bville", "2")])
        ]
        event = state_event(
            "csv_rows_handler",
            {"Items": items, "BatchInput": {"Attributes": given}},
            execution_input=None,
            kind="express",
        )
        world.call(
            "csv_rows_handler",
            lambda event=event: world.services.import_workflow.csv_rows_handler(event),
        )


def _map_ends(world: World) -> None:
    for name, given in list(world.clients.step_functions.started.items()):
        event = state_event("finalize", given, execution_input=given, name=name)
        world.call("finalize", lambda event=event: world.services.import_workflow.finalize(event))


def _import_executions_end(world: World) -> None:
    machine = world.services.settings.import_csv_state_machine_arn
    for name in list(world.clients.step_functions.started):
        world.clients.step_functions.statuses[name] = "FAILED"
        world.event("end of the execution", execution_ended(machine, name, "FAILED"))


def _looked_at_import(world: World) -> None:
    found = _import_id(world)
    world.act("get_csv_import", id=found)
    world.act("list_csv_imports", tenant=TENANT)
    world.act("list_rejected_rows", id=found)
    world.act("list_passed_over_rows", id=found)
    world.act("get_rejected_rows_link", id=found)
    world.run("import", "status", found)
    world.run("import", "list", "--tenant", TENANT)


def _cancelled_import(world: World) -> None:
    world.act("cancel_csv_import", id=_import_id(world), by="ann", reason="enough")
    world.stream(Table.IMPORT_TMP, pk="CSV_IMPORT#")
    world.messages(Queue.IMPORT_ACTION)


IMPORT = (_looked_at_import, _examined, _cancelled_import, _looked_at_import)

# Approval requests

REQUEST = ApprovalKey.make(TENANT, "close-JFK")


def _asked(world: World) -> None:
    executions = world.clients.recorded = WaitingExecutions()
    waiting = WaitingState(
        "token", executions.wait("run", "token"), "000000#2026-01-01T00:00:00Z#000000", 3600
    )
    world.application.approvals.create_approval_request(
        REQUEST, "Close JFK", {"airport": "JFK"}, waiting
    )


def _asked_again(world: World) -> None:
    executions = world.clients.recorded
    waiting = WaitingState(
        "later", executions.wait("run", "later"), "000000#2026-01-01T00:00:00Z#000001", 3600
    )
    world.call(
        "ask again",
        lambda: world.application.approvals.create_approval_request(
            REQUEST, "Close JFK", {"airport": "JFK"}, waiting
        ),
    )


def _heartbeat(world: World) -> None:
    world.act("heartbeat_approval", id=str(REQUEST))


def _approved(world: World) -> None:
    world.act("approve", id=str(REQUEST), by="ann")


def _stopped_waiting(world: World) -> None:
    executions = world.clients.recorded
    for token in ("token", "later"):
        with suppress(KeyError):
            executions.time_out(token)


def _approval_execution_ends(world: World) -> None:
    arn = f"{EXECUTION}run"
    world.clients.recorded.end(arn, "FAILED", "Broken", "somebody said so")
    machine, _, name = arn.replace(":execution:", ":stateMachine:").rpartition(":")
    world.event("end of the execution", execution_ended(machine, name, "FAILED"))


def _looked_at_request(world: World) -> None:
    world.act("get_approval", id=str(REQUEST))
    world.act("list_pending_approvals", tenant=TENANT)
    world.run("approvals", "list", "--tenant", TENANT)
    world.run("approvals", "show", str(REQUEST))


def _rejected(world: World) -> None:
    world.run("approvals", "approve", str(REQUEST), "--by", "bob")
    world.run("approvals", "reject", str(REQUEST), "--by", "bob", "--reason", "no")


def _closed(world: World) -> None:
    world.run("approvals", "close", str(REQUEST))
    world.act("close_approval", id=str(REQUEST), cause="enough")


APPROVAL = (_looked_at_request, _heartbeat, _rejected, _examined, _closed, _looked_at_request)

LIVES = (
    Life("request, approved", (_asked, _asked_again, _approved), APPROVAL),
    Life("request, approved too late", (_asked, _stopped_waiting, _approved), APPROVAL),
    Life("request of a dead execution", (_asked, _approval_execution_ends), APPROVAL),
    Life(
        "single task",
        (_single, _task_inserted, _task_messages, _task_changed),
        TASK,
    ),
    Life("single task, cancelled", (_single, _task_inserted, _cancelled_task), TASK),
    Life(
        "task of many",
        (
            _many,
            _task_inserted,
            _task_messages,
            _sub_tasks_run,
            _task_changed,
            _task_execution_ends("SUCCEEDED"),
        ),
        TASK,
    ),
    Life(
        "task of many, cancelled",
        (_many, _task_inserted, _task_messages, _cancelled_task, _task_execution_ends("ABORTED")),
        TASK,
    ),
    Life(
        "task of many, dead",
        (_many, _task_inserted, _task_messages, _task_execution_ends("TIMED_OUT"), _task_changed),
        TASK,
    ),
    Life("commands", (_published, _command_inserted, _checked, applied, applied), COMMAND),
    Life("failed commands", (_published, _command_inserted, _checked, _broken), COMMAND),
    Life(
        "dead commands",
        (_published, _command_inserted, _checked, _command_executions_end),
        COMMAND,
    ),
    Life("commands at once", (_published_at_once,), COMMAND),
    Life(
        "import, direct",
        (_import(ProcessingMode.DIRECT), _import_inserted, _import_messages),
        IMPORT,
    ),
    Life(
        "import, direct and asynchronous",
        (_import(ProcessingMode.DIRECT, PublishMode.ASYNC), _import_inserted, _import_messages),
        IMPORT,
    ),
    Life(
        "import by the map",
        (
            _import(ProcessingMode.STEP_FUNCTION),
            _import_inserted,
            _map_runs,
            _map_ends,
            _import_messages,
        ),
        IMPORT,
    ),
    Life(
        "import by the map, dead",
        (
            _import(ProcessingMode.STEP_FUNCTION),
            _import_inserted,
            _map_runs,
            _import_executions_end,
            _import_messages,
        ),
        IMPORT,
    ),
    Life(
        "import, cancelled",
        (_import(ProcessingMode.DIRECT), _import_inserted, _cancelled_import),
        IMPORT,
    ),
    Life(
        "second import of the same rows",
        (
            _row_of_it(ProcessingMode.DIRECT, PublishMode.SYNC),
            _row_of_it(ProcessingMode.DIRECT, PublishMode.ASYNC),
        ),
        IMPORT,
    ),
)
