"""The inputs that may be made a task, and how tasks are found again."""

from __future__ import annotations

import pytest

from cqrs.aws.item_store import Put, Update
from cqrs.aws.step_functions import DATA_BYTES
from cqrs.errors import ConfigurationError, ValidationError
from cqrs.services import Services
from cqrs.tasks.handlers import TaskHandlers
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.limits import MAX_SUB_TASKS
from cqrs.tasks.models import TaskStatus

TENANT = "acme"


@pytest.fixture
def handlers() -> TaskHandlers:
    handlers = TaskHandlers()
    for task_type in ("square", "cube"):
        handlers.register(task_type, lambda task: task.input)
    return handlers


@pytest.fixture
def services(settings, clients, handlers) -> Services:
    return Services(settings, clients, task_handlers=handlers)


def tables_are_empty(services: Services) -> bool:
    scan = services.clients.dynamodb.scan(TableName=services.settings.tasks_table)
    objects = services.clients.s3.list_objects_v2(Bucket=services.settings.bucket)
    return scan["Count"] == 0 and objects["KeyCount"] == 0


@pytest.mark.parametrize(
    ("task_type", "items", "tenant", "reason"),
    [
        ("square", [], TENANT, "one item or more"),
        ("square", [1] * (MAX_SUB_TASKS + 1), TENANT, f"at most {MAX_SUB_TASKS} fit"),
        ("square", "1234", TENANT, "items is a str; it must be a list"),
        ("square", {"n": 1}, TENANT, "items is a dict; it must be a list"),
        ("square", [1, {2}], TENANT, r"items\[1\] is a set"),
        ("square", [float("nan")], TENANT, r"items\[0\] is nan"),
        ("root", [1], TENANT, "No handler is registered for task type 'root'.*Known are cube, squ"),
        ("a b", [1], TENANT, "The task type 'a b' must be"),
        ("a#b", [1], TENANT, "The task type 'a#b' must be"),
        ("", [1], TENANT, "The task type '' must be"),
        (None, [1], TENANT, "The task type 'None' must be"),
        ("square", [1], "", "The tenant is ''"),
        ("square", [1], None, "The tenant is None"),
        ("square", [1], "a#b", "The tenant 'a#b' must have no #"),
        ("square", [1], "x" * 257, "at most 256 bytes"),
        ("square", [1], "\ud800", "half of a surrogate pair"),
    ],
)
def test_what_cannot_be_a_task_is_refused_and_nothing_is_written(
    services, task_type, items, tenant, reason
):
    with pytest.raises(ValidationError, match=reason):
        services.tasks.create_step_function_task(task_type, items, tenant)

    assert tables_are_empty(services)


@pytest.mark.parametrize(
    ("task_type", "given", "tenant"),
    [("root", 1, TENANT), ("square", {1}, TENANT), ("square", 1, "a#b"), ("a/b", 1, TENANT)],
)
def test_what_cannot_be_a_single_task_is_refused(services, task_type, given, tenant):
    with pytest.raises(ValidationError):
        services.tasks.create_task(task_type, given, tenant)

    assert tables_are_empty(services)


def test_keys_too_long_for_an_execution_are_refused_with_what_fits(services):
    tenant = "t" * 256
    with pytest.raises(ValidationError, match="which are about") as refused:
        services.tasks.create_step_function_task("square", [1] * MAX_SUB_TASKS, tenant)

    assert f"{DATA_BYTES:,}" in str(refused.value)
    assert tables_are_empty(services)


def test_as_many_sub_tasks_as_allowed_fit_into_an_execution(services):
    key = services.tasks.create_step_function_task("square", [1] * MAX_SUB_TASKS, TENANT)

    assert services.tasks.get(key).counters.total == MAX_SUB_TASKS


def test_a_type_with_two_handlers_or_a_bad_name_is_refused(handlers):
    with pytest.raises(ConfigurationError, match="two handlers"):
        handlers.register("square", print)
    with pytest.raises(ValidationError, match="must be 1 to 64"):
        handlers.register("a#b", print)


def test_a_process_that_does_not_know_the_application_accepts_any_type(settings, clients):
    stranger = Services(settings, clients)

    key = stranger.tasks.create_task("anything", None, TENANT)

    assert stranger.tasks.get(key).status is TaskStatus.CREATED


def test_a_task_that_does_not_exist_is_none(services):
    assert services.tasks.get(TaskKey("TASK#acme", "square#01ARZ3NDEKTSV4RRFFQ69G5FAV")) is None


LONGEST = f"\n{508 * 'é'}"
"""Fills a sort key behind ``CREATED#``, and is too long behind ``PROCESSING#``."""


class TestListing:
    """Eleven tasks of two types, each a little later than the one before."""

    @pytest.fixture
    def keys(self, services, monkeypatch) -> list[TaskKey]:
        made = []
        for number in range(11):
            ulid = f"01ARZ3NDEKTSV4RRFFQ69G{number:04}"
            monkeypatch.setattr("ulid.ULID", lambda ulid=ulid: ulid)
            if number % 3 == 0:
                made.append(services.tasks.create_task("cube", number, TENANT))
            else:
                made.append(services.tasks.create_step_function_task("square", [1], TENANT))
        services.tasks.create_task("cube", 0, "other")
        services.task_records.queue(made[4])
        services.task_records.start(made[3], 0)
        services.task_records.complete(made[3], 0, 27)
        services.task_records.fail(made[6], 0, "KeyError", "gone")
        return made

    def pages(self, services, limit: int, **wanted) -> list[list[TaskKey]]:
        pages, cursor = [], None
        while True:
            page = services.tasks.list(TENANT, limit=limit, cursor=cursor, **wanted)
            pages.append([task.key for task in page.tasks])
            cursor = page.cursor
            if cursor is None:
                return pages

    @pytest.mark.parametrize("limit", [1, 2, 3, 12])
    def test_what_something_else_has_listed_is_passed_and_hides_nothing(
        self, services, settings, keys, limit
    ):
        table = settings.tasks_table
        item = services.store.get(table, keys[5].pk, keys[5].sk)
        copies = [TaskKey(item["pk"], f"{item['sk'][:-2]}{number:02}") for number in range(50, 70)]
        for copy in copies:
            services.store.put(Put(table, {**item, "sk": copy.sk}))
        for copy in copies[::4]:
            change = {"status": "PROCESSING", "listedAs": f"PROCESSING#{keys[5].ulid}"}
            services.store.update(Update(table, copy.pk, copy.sk, change))
        for key, listed in ((keys[2], "HELLO # there"), (keys[7], "zebra"), (keys[8], LONGEST)):
            status = services.store.get(table, key.pk, key.sk)["status"]
            change = {"listedAs": f"{status}#{listed}"}
            services.store.update(Update(table, key.pk, key.sk, change))

        pages = self.pages(services, limit)

        assert sorted(key for page in pages for key in page) == sorted([*keys, *copies])
        assert {len(page) for page in pages[:-1]} <= {limit}

    @pytest.mark.parametrize("limit", [1, 2, 3, 10, 11, 12])
    def test_a_tenants_tasks_come_newest_first(self, services, keys, limit):
        pages = self.pages(services, limit)

        assert [key for page in pages for key in page] == keys[::-1]
        assert {len(page) for page in pages[:-1]} <= {limit}
        assert len(pages) == -(-11 // limit)

    def test_only_of_a_type(self, services, keys):
        expected = [keys[number] for number in (9, 6, 3, 0)]

        assert self.pages(services, 2, task_type="cube") == [expected[:2], expected[2:]]

    @pytest.mark.parametrize(
        ("status", "numbers"),
        [
            (TaskStatus.QUEUED, [4]),
            (TaskStatus.COMPLETED, [3]),
            (TaskStatus.FAILED, [6]),
            (TaskStatus.PROCESSING, []),
            (TaskStatus.CREATED, [10, 9, 8, 7, 5, 2, 1, 0]),
        ],
    )
    def test_only_of_a_status(self, services, keys, status, numbers):
        found = services.tasks.list(TENANT, status=status)

        assert [task.key for task in found.tasks] == [keys[number] for number in numbers]

    def test_only_of_a_type_and_status(self, services, keys):
        found = services.tasks.list(TENANT, "cube", TaskStatus.CREATED)

        assert [task.key for task in found.tasks] == [keys[9], keys[0]]

    def test_sub_tasks_are_not_among_them(self, services, keys):
        parent = services.task_records.read(keys[1])
        services.task_records.create_sub_tasks(parent, keys[1], [1, 2])

        assert self.pages(services, 100) == [keys[::-1]]
        assert len(services.tasks.sub_tasks(keys[1]).tasks) == 2

    def test_a_page_costs_a_query_for_each_status_and_one_read(self, services, keys, requests):
        assert len(services.tasks.list(TENANT).tasks) == len(keys)

        assert sorted(requests.operations) == ["BatchGetItem", *["Query"] * len(TaskStatus)]

    def test_a_task_that_moves_on_between_two_queries_is_listed_once(
        self, services, keys, requests
    ):
        def move() -> None:
            services.task_records.queue(keys[10])

        # The first query reads those CREATED, the second those QUEUED.
        requests.before_next("Query", lambda: requests.before_next("Query", move))

        assert [task.key for task in services.tasks.list(TENANT).tasks] == keys[::-1]

    @pytest.mark.parametrize("limit", [0, 101])
    def test_a_limit_out_of_range_is_refused(self, services, limit):
        with pytest.raises(ValidationError, match="1 to 100"):
            services.tasks.list(TENANT, limit=limit)


def test_sub_tasks_come_in_pages_in_their_order(services):
    key = services.tasks.create_step_function_task("square", list(range(25)), TENANT)
    parent = services.task_records.read(key)
    services.task_records.create_sub_tasks(parent, key, list(range(25)))

    first = services.tasks.sub_tasks(key, limit=20)
    second = services.tasks.sub_tasks(key, limit=20, cursor=first.cursor)

    assert [task.input for task in (*first.tasks, *second.tasks)] == list(range(25))
    assert second.cursor is None
    with pytest.raises(ValidationError, match="does not belong to the sub-tasks"):
        services.tasks.sub_tasks(key, cursor="square#other")


@pytest.mark.parametrize(
    "text",
    [
        "TASK#acme/square#01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "SFN_TASK#a/b/square#01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "SFN_TASK#acme/square-1.x_#01ARZ3NDEKTSV4RRFFQ69G5FAV#0042",
    ],
)
def test_an_id_says_all_of_a_key(text):
    key = TaskKey.parse(text)

    assert str(key) == text
    assert TaskKey.from_mapping(key.to_mapping()) == key
    assert key.is_sub_task is text.endswith("#0042")
    assert key.parent.sk.endswith("#01ARZ3NDEKTSV4RRFFQ69G5FAV")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "square",
        "TASK#/square#01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "AIRPORT#acme/square#01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "TASK#acme/square#01ARZ3NDEKTSV4RRFFQ69G5FA",
        "TASK#acme/square#01ARZ3NDEKTSV4RRFFQ69G5FAV#1",
        "TASK#acme/square#01ARZ3NDEKTSV4RRFFQ69G5FAV/x",
    ],
)
def test_what_is_no_id_is_told(text):
    with pytest.raises(ValidationError, match="is not the id of a task"):
        TaskKey.parse(text)


def test_half_a_character_makes_no_id():
    with pytest.raises(ValidationError, match="is not Unicode text"):
        TaskKey.parse("TASK#\ud800/square#01ARZ3NDEKTSV4RRFFQ69G5FAV")
