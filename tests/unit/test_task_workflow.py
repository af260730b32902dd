from __future__ import annotations

import pytest

from cqrs.clients import Clients
from cqrs.errors import NotFoundError, UnsupportedEventError
from cqrs.item_store import Put
from cqrs.services import Services
from cqrs.tasks.handlers import TaskHandlers
from tests.unit.execution import state_event

KEY = {"pk": "SFN_TASK#acme", "sk": "square#1#1"}


@pytest.fixture
def handlers() -> TaskHandlers:
    handlers = TaskHandlers()
    handlers.register("square", lambda task: task.input["n"] ** 2)
    return handlers


@pytest.fixture
def services(settings, clients: Clients, handlers) -> Services:
    return Services(settings, clients, task_handlers=handlers)


def iterate(services, item):
    services.store.put(Put(services.settings.tasks_table, {**KEY, **item}))
    output = services.task_workflow.iterator(state_event("iterator", KEY, execution_input=[KEY]))
    return output, services.store.get(services.settings.tasks_table, *KEY.values())


def test_a_sub_task_keeps_its_result(services):
    output, item = iterate(services, {"type": "square", "input": {"n": 12}})

    assert output == {**KEY, "status": "COMPLETED"}
    assert (item["status"], item["result"]) == ("COMPLETED", 144)


def test_a_sub_task_keeps_its_error_and_does_not_raise_it(services):
    output, item = iterate(services, {"type": "square", "input": {}})

    assert output == {**KEY, "status": "FAILED"}
    assert (item["status"], item["error"]) == ("FAILED", "KeyError")


def test_a_type_without_a_handler_is_told(services):
    _, item = iterate(services, {"type": "cube", "input": {"n": 1}})

    assert item["error"] == "ConfigurationError"
    assert "'cube'" in item["cause"]
    assert "Known are square" in item["cause"]


def test_a_sub_task_that_is_not_there_is_told(services):
    with pytest.raises(NotFoundError, match="square#1#1"):
        services.task_workflow.iterator(state_event("iterator", KEY, execution_input=[KEY]))


def test_an_input_without_a_key_is_told(services):
    with pytest.raises(UnsupportedEventError, match="needs pk and sk"):
        services.task_workflow.iterator(state_event("iterator", "x", execution_input=[]))
