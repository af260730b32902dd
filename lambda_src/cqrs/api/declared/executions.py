"""Routes of executions and custom workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.api import schemas
from cqrs.api import schemas_of_operations as shown
from cqrs.api.declared import imports, items, tasks
from cqrs.api.declared.common import CURSOR, LOCATION, choice, declaring, limit
from cqrs.api.roles import PUBLISHERS, READERS, REPAIRERS
from cqrs.api.route import Body, Parameter, Reply

if TYPE_CHECKING:
    from cqrs.services import Services

WORKFLOW = Parameter("workflow", "Name of the custom workflow.", schemas.TEXT, "country-report")
MACHINE = Parameter(
    "machine", "Name of the state machine, as executions tell it.", schemas.TEXT, "command-handler"
)
NAME = Parameter("name", "Name of the execution.", schemas.TEXT, "JFK-v1-0a1b2c3d")

CHARACTERS = Parameter(
    "characters",
    "Of each input, output and cause at most.",
    {"type": "integer", "minimum": 0, "maximum": 20_000, "default": 1_000},
)
STATE = Parameter("state", "Only those of this state.", schemas.SEGMENT)
SINCE = Parameter("since", "Only those of this time or later.", schemas.MOMENT)
UNTIL = Parameter("until", "Only those of this time or earlier.", schemas.MOMENT)
LINES = (STATE, SINCE, UNTIL, limit(1000, 200), CURSOR)
LOG = Reply(
    200,
    "A page, which may be empty; go on with its cursor until there is none.",
    shown.LOG_PAGE,
)
STATUS = choice("status", "Only those of this status.", *shown.STATUSES)

OF_WORKFLOW = "/workflows/{workflow}/executions"
ONE = "/executions/{machine}/{name}"

NEW = Body(
    schemas.body_of(
        ("input",),
        input=schemas.described(
            schemas.ANY_OBJECT, "The input; `tenant` is added to it, and may name no other."
        ),
        name=schemas.described(
            schemas.SEGMENT, "By which the tenant starts it once; by default each request does."
        ),
    ),
    {"input": {"country": "USA"}, "name": "monthly"},
)


def _workflows(services: Services) -> object:
    from cqrs.api.calls.workflows import WorkflowCalls  # noqa: PLC0415 - as cold starts count

    return WorkflowCalls(services)


def _executions(services: Services) -> object:
    from cqrs.api.calls.executions import ExecutionCalls  # noqa: PLC0415 - as cold starts count

    return ExecutionCalls(services)


_of_workflows, _of_executions = declaring(_workflows), declaring(_executions)

ROUTES = (
    _of_workflows(
        "GET",
        "/workflows",
        "list_workflows",
        "List the custom workflows",
        READERS,
        Reply(200, "Their names.", shown.WORKFLOWS),
    ),
    _of_workflows(
        "GET",
        OF_WORKFLOW,
        "list_workflow_executions",
        "List the tenant's executions of a workflow, among a page of all tenants'",
        READERS,
        Reply(200, "Those of the tenant; the next page may have more.", shown.EXECUTIONS),
        path_parameters=(WORKFLOW,),
        parameters=(STATUS, limit(50, 20), CURSOR),
    ),
    _of_workflows(
        "POST",
        OF_WORKFLOW,
        "start_workflow",
        "Start a custom workflow",
        PUBLISHERS,
        Reply(202, "It is started.", shown.STARTED, (LOCATION,)),
        path_parameters=(WORKFLOW,),
        body=NEW,
    ),
    _of_workflows(
        "GET",
        "/machines/{machine}/definition",
        "get_definition",
        "Read the states of a machine, as it is deployed now",
        READERS,
        Reply(200, "The definition.", shown.DEFINITION),
        path_parameters=(MACHINE,),
    ),
    _of_executions(
        "GET",
        ONE,
        "read_execution",
        "Read an execution",
        READERS,
        Reply(200, "The execution.", shown.WHOLE_EXECUTION),
        path_parameters=(MACHINE, NAME),
        parameters=(CHARACTERS,),
    ),
    _of_executions(
        "GET",
        f"{ONE}/states",
        "list_states",
        "List the states that an execution was in, in their order",
        READERS,
        Reply(200, "A page.", shown.STATES_OF_EXECUTION),
        path_parameters=(MACHINE, NAME),
        parameters=(CHARACTERS, limit(1000, 100), CURSOR),
    ),
    _of_executions(
        "GET",
        f"{ONE}/log",
        "list_log_lines",
        "List what the function has logged at work on an execution, the oldest first",
        READERS,
        LOG,
        path_parameters=(MACHINE, NAME),
        parameters=LINES,
    ),
    _of_executions(
        "GET",
        f"{items.COMMAND}/log",
        "list_command_log_lines",
        "List what the function has logged about a command's latest attempt, the oldest first",
        READERS,
        LOG,
        path_parameters=items.OF_COMMAND,
        parameters=LINES,
    ),
    _of_executions(
        "GET",
        f"{items.COMMAND}/executions",
        "list_command_executions",
        "List the executions of a command's latest attempts",
        READERS,
        Reply(200, "The executions.", shown.COMMAND_ATTEMPTS),
        path_parameters=items.OF_COMMAND,
    ),
    _of_executions(
        "GET",
        f"{tasks.ONE}/executions",
        "list_task_executions",
        "List the executions of a task's latest attempts",
        READERS,
        Reply(200, "The executions; a task without sub-tasks has none.", shown.ATTEMPTS),
        path_parameters=(tasks.ID,),
    ),
    _of_executions(
        "GET",
        f"{imports.ONE}/executions",
        "list_import_executions",
        "List the execution of an import",
        READERS,
        Reply(200, "The execution; an import in the mode DIRECT has none.", shown.ATTEMPTS),
        path_parameters=(imports.ID,),
    ),
    _of_executions(
        "GET",
        "/executions/{machine}",
        "list_all_executions",
        "List a machine's executions of all tenants, the newest first",
        REPAIRERS,
        Reply(200, "A page.", shown.EXECUTIONS),
        path_parameters=(MACHINE,),
        parameters=(STATUS, limit(100, 20), CURSOR),
        is_of_environment=True,
    ),
)
