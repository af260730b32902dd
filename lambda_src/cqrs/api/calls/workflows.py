"""Custom workflows over HTTP, and the definitions of machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.api.answers import ApiAnswer
from cqrs.api.problems import Problem
from cqrs.api.shown_executions import listed, no_machine
from cqrs.aws.pace import Pace
from cqrs.aws.step_functions import StepFunctionsService, execution_arn
from cqrs.core.execution_names import execution_name
from cqrs.core.execution_tenants import PARTITION_KEY, TENANT, tenant_of_input
from cqrs.core.json_text import from_json, to_json
from cqrs.core.json_values import json_value
from cqrs.core.timed_keys import new_ulid
from cqrs.resources import StateMachine
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.api.call import ApiCall
    from cqrs.services import Services

WITH_ACCOUNT = frozenset({"Arguments", "Credentials", "Parameters", "ItemReader", "ResultWriter"})
"""Fields of states that name resources of the account, and that no graph needs."""

BRANCHES = ("Iterator", "ItemProcessor")


class WorkflowCalls:
    """Requests about custom workflows.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._settings = services.settings
        self._reader = services.execution_reader
        self._step_functions = StepFunctionsService(services.clients, Pace())

    def list_workflows(self, _call: ApiCall) -> ApiAnswer:
        """The names of the custom workflows."""
        names = [{"name": name} for name in self._settings.workflow_names]
        return ApiAnswer(200, {"workflows": names})

    def start_workflow(self, call: ApiCall) -> ApiAnswer:
        """Start a custom workflow for the tenant."""
        workflow = self._workflow(call)
        given = _given(call)
        label = call.body.get("name")
        # Names are one room for all tenants, so nobody chooses one as it stands.
        identity = ("id", call.origin.identity or new_ulid()) if label is None else ("name", label)
        name = execution_name(label or workflow, call.tenant, workflow, *identity)
        machine = self._settings.state_machine_arn(workflow)
        started = self._step_functions.start(machine, name, given)
        if not started:
            self._refuse_other_input(machine, name, given, call)
        body = {"machine": workflow, "name": name, "started": started}
        return ApiAnswer(202, body, {"location": call.place("executions", workflow, name)})

    def _refuse_other_input(
        self, machine: str, name: str, given: Mapping[str, Any], call: ApiCall
    ) -> None:
        """Refuse a name that an execution has which was started with another input.

        Raises
        ------
        Problem
            If it was (one DescribeExecution).
        """
        found = self._step_functions.describe(execution_arn(machine, name))
        if found is None or found.input == _as_sent(given):
            return
        workflow, asked = call.path["workflow"], call.body.get("name", name)
        raise Problem(
            409,
            "execution-exists",
            f"{workflow} was started with the name {asked!r:.80} and another input, so nothing was "
            "started. Choose another name, or read the execution that the Location header names.",
            headers={"location": call.place("executions", workflow, name)},
        )

    def list_workflow_executions(self, call: ApiCall) -> ApiAnswer:
        """The executions of a workflow that are the tenant's, among a page of all."""
        workflow = self._workflow(call)
        page = self._reader.list(
            self._settings.state_machine_arn(workflow),
            call.query.get("status"),
            call.query.get("limit", DEFAULT_PAGE),
            call.query.get("cursor"),
        )
        found = (self._step_functions.describe(one.arn) for one in page.executions)
        own = [
            listed(workflow, one)
            for one in found
            if one is not None and tenant_of_input(one.input) == call.tenant
        ]
        return ApiAnswer(200, {"executions": own, "cursor": page.cursor})

    def get_definition(self, call: ApiCall) -> ApiAnswer:
        """The states of a machine and what leads from one to another."""
        machine = call.path["machine"]
        if machine not in {*StateMachine, *self._settings.workflow_names}:
            raise no_machine(machine, (*StateMachine, *self._settings.workflow_names))
        definition = self._reader.definition(self._settings.state_machine_arn(machine))
        return ApiAnswer(200, {"machine": machine, "definition": _without_account(definition)})

    def _workflow(self, call: ApiCall) -> str:
        workflow = call.path["workflow"]
        if workflow not in self._settings.workflow_names:
            raise no_machine(workflow, self._settings.workflow_names)
        return workflow


def _given(call: ApiCall) -> dict[str, Any]:
    """The input of a new execution, which is the tenant's and nobody else's."""
    given: dict[str, Any] = {TENANT: call.tenant, **call.body.get("input", {})}
    partition = {PARTITION_KEY: given[PARTITION_KEY]} if PARTITION_KEY in given else {}
    told = [tenant_of_input(given), *([tenant_of_input(partition)] if partition else [])]
    if any(tenant != call.tenant for tenant in told):
        raise Problem(
            403,
            "tenant",
            f"The input names another tenant than {call.tenant!r}: leave tenant out of it, and let "
            "pk be a key of that tenant.",
        )
    return given


def _as_sent(given: Mapping[str, Any]) -> Any:
    """An input as Step Functions tells it."""
    return from_json(to_json(json_value(given, "input", is_stored=False)))


def _without_account(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A definition without what names resources of the account."""
    states = definition.get("States", {})
    return {**definition, "States": {name: _state(state) for name, state in states.items()}}


def _state(state: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in state.items() if name not in WITH_ACCOUNT}
    if "Branches" in shown:
        shown["Branches"] = [_without_account(branch) for branch in shown["Branches"]]
    for name in BRANCHES:
        if name in shown:
            shown[name] = _without_account(shown[name])
    return shown
