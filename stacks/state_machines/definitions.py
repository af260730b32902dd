"""The definitions of all state machines of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import StateMachine
from stacks.asl import Invocation, with_names_of_emulators
from stacks.declarations.workflows import custom_workflows
from stacks.state_machines.command import command_definition, express_command_definition
from stacks.state_machines.import_csv import import_csv_definition
from stacks.state_machines.task import task_definition

if TYPE_CHECKING:
    from stacks.asl import Definition
    from stacks.environment.model import Environment


def definitions(environment: Environment, function_arn: str) -> dict[str, Definition]:
    """Define all machines of an environment, by name, the custom ones last.

    Raises
    ------
    BrokenModuleError
        If a module of ``stacks/app``, or of the application, cannot be imported.
    DefinitionError
        If a module defines what cannot be.
    """
    invoke = Invocation(
        function_arn, environment.function.timeout_seconds, approval=environment.approval
    )
    machines = {
        StateMachine.COMMAND: command_definition(invoke, environment.command),
        StateMachine.EXPRESS_COMMAND: express_command_definition(invoke, environment.command),
        StateMachine.TASK: task_definition(invoke, environment.task),
        StateMachine.IMPORT_CSV: import_csv_definition(invoke, environment),
        **{name: custom_workflows()[name](invoke) for name in environment.workflows},
    }
    if environment.dialect == "emulator":
        return {name: with_names_of_emulators(one) for name, one in machines.items()}
    return machines
