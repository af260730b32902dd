"""The refusals of any list: pages of no length, and cursors of other lists."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.errors import ValidationError
from cqrs.services import Services
from cqrs.tasks.keys import STEP_FUNCTION, TaskKey

TASK = TaskKey.make(STEP_FUNCTION, "acme", "square")

LISTS: dict[str, Callable[..., Any]] = {
    "data": lambda services, **page: services.data.list("AIRPORT#acme", **page),
    "tasks": lambda services, **page: services.tasks.list("acme", **page),
    "sub-tasks": lambda services, **page: services.tasks.sub_tasks(TASK, **page),
    "imports": lambda services, **page: services.imports.list("acme", **page),
    "approvals": lambda services, **page: services.approvals.list_pending("acme", **page),
}


def history(services: Services, **page: Any) -> Any:
    return services.history.list("AIRPORT#acme", "AIRPORT#JFK", **page)


@pytest.fixture
def services(settings, clients) -> Services:
    return Application(settings, clients).services


@pytest.mark.parametrize("limit", [None, "5", 1.5, 2.0, True, [1]])
@pytest.mark.parametrize("ask", [*LISTS.values(), history], ids=[*LISTS, "history"])
def test_a_limit_that_is_no_whole_number_is_refused(services, ask, limit):
    with pytest.raises(ValidationError, match=r"^limit is .*; it must be a whole number\.$"):
        ask(services, limit=limit)


@pytest.mark.parametrize("limit", [0, -1, 1001])
@pytest.mark.parametrize("ask", [*LISTS.values(), history], ids=[*LISTS, "history"])
def test_a_limit_that_is_out_of_range_is_refused(services, ask, limit):
    with pytest.raises(ValidationError, match=rf"^limit is {limit}; it must be 1 to 1\d+\.$"):
        ask(services, limit=limit)


def encoded(document: bytes) -> str:
    return base64.urlsafe_b64encode(document).decode()


DEEP = encoded(b"[" * 100_000)
HALF = encoded(b'["\\ud800", "TASK#acme", "square#1"]')


@pytest.mark.parametrize("cursor", [5, ["x"], {}, b"x", "x", "", DEEP, HALF])
@pytest.mark.parametrize("ask", LISTS.values(), ids=LISTS)
def test_a_cursor_that_is_none_of_the_list_is_refused(services, ask, cursor):
    with pytest.raises(ValidationError, match=r"^The cursor .* does not belong to .* unchanged\.$"):
        ask(services, cursor=cursor)


def test_a_cursor_that_is_no_text_is_refused(services):
    with pytest.raises(ValidationError, match=r"^The cursor .* does not belong to the sub-tasks"):
        services.tasks.sub_tasks(TASK, cursor=f"{TASK.sub_tasks_prefix}\ud800")


@pytest.mark.parametrize("before", ["5", 1.5, True])
def test_earlier_states_are_those_before_a_whole_number(services, before):
    with pytest.raises(ValidationError, match=r"^before is .*; it must be a whole number"):
        history(services, before=before)
