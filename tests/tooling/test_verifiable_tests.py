"""Every module of integration tests says whether it may run on an environment that others use."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.integration.verified import refuse_change

MODULES = Path(__file__).resolve().parents[1] / "integration"
MARK = re.compile(r"^pytestmark = pytest\.mark\.verifiable$", re.MULTILINE)
EXCEPTION = re.compile(r"^@pytest\.mark\.emulator_only\(\"(.*)\"\)$", re.MULTILINE)

EMULATOR_ONLY = {
    "test_any_data": "puts modules into the function, and gives up dead letters",
    "test_api_load": "makes users, and fills the environment",
    "test_api_examples": "makes users, and changes a state machine",
    "test_api_gateway": "makes users and clients",
    "test_api_logs": "makes users, and puts a module into the function",
    "test_api_operations": "makes users, leaves work behind, and writes dead letters",
    "test_api_description": "makes users, and thousands of requests",
    "test_api_use_cases": "makes users, and changes a state machine",
    "test_approval_command_line": "changes a state machine, and stops what waits",
    "test_custom_workflow_guide": "deploys a copy of the project",
    "test_demo": "counts all that there is",
    "test_deployment": "deploys",
    "test_faults": "puts a proxy before the emulator",
    "test_healing": "puts items past the services, and invokes the healer",
    "test_imports": "puts a module into the function",
    "test_item_types": "puts modules into the function",
    "test_live": "makes users, and puts items past the services",
    "test_notices": "changes the function, its role and a queue",
    "test_notifications": "changes filters, queues and the function",
    "test_lanes": "deploys a copy of the project",
    "test_leaving": "makes users, erases, and takes dead letters away",
    "test_own_resources": "deploys a copy of the project",
    "test_permissions": "makes users",
    "test_read_models": "deploys a stack with a database",
    "test_reliability": "kills the function's processes",
    "test_restore": "deletes tables",
    "test_repair": "poisons streams and queues, and gives up dead letters",
    "test_requests": "reads the emulator's record of requests",
    "test_tasks": "puts modules into the function",
    "test_timeouts": "changes a state machine",
    "test_upgrading_guide": "deploys a copy of the project",
    "test_typescript_client": "makes users, and changes a state machine",
    "test_verification": "is about verifying an emulator",
}
"""The others, and what keeps them from it."""


def names() -> set[str]:
    return {path.stem for path in MODULES.glob("test_*.py")}


def is_marked(name: str) -> bool:
    return MARK.search((MODULES / f"{name}.py").read_text(encoding="utf-8")) is not None


def test_every_module_says_which_it_is():
    marked = {name for name in names() if is_marked(name)}

    assert marked, "no module is verifiable"
    assert names() - marked == EMULATOR_ONLY.keys(), (
        "Mark a module verifiable, or say here what keeps it from that."
    )


def test_exceptions_have_reasons_and_stand_in_verifiable_modules():
    for name in names():
        source = (MODULES / f"{name}.py").read_text(encoding="utf-8")
        found = EXCEPTION.findall(source)
        assert source.count("mark.emulator_only") == len(found), name
        assert all(found), name
        assert is_marked(name) or not found, name


@pytest.mark.parametrize(
    "operation",
    ["UpdateStateMachine", "UpdateFunctionCode", "PurgeQueue", "DeleteQueue", "CreateQueue"],
)
def test_a_test_that_changes_what_others_use_is_refused(operation: str):
    with pytest.raises(AssertionError, match=f"the request {operation}.*emulator_only"):
        refuse_change(SimpleNamespace(name=operation))


@pytest.mark.parametrize("operation", ["PutItem", "StartExecution", "GetItem", "Invoke"])
def test_one_that_works_on_its_tenant_is_not(operation: str):
    refuse_change(SimpleNamespace(name=operation))
