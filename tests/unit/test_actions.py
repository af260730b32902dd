"""Every call of a service by direct invocation."""

from __future__ import annotations

import inspect
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from cqrs.actions import ACTIONS
from cqrs.application import Application
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import CommandKey
from cqrs.core.payloads import KINDS, kinds_of
from cqrs.errors import ConfigurationError, SkipRow
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ProcessingMode
from cqrs.tasks.keys import TaskKey
from tests.unit.importing import TENANT, Imports, csv_of
from tests.unit.sample_events import direct_event

PK, SK = "AIRPORT#acme", "AIRPORT#JFK"


class Caller:
    """A direct caller of the function; its answers have been JSON on the way."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def answer(self, action: str, **payload: Any) -> dict[str, Any]:
        event = json.loads(json.dumps(direct_event(action, **payload)))
        answer: dict[str, Any] = json.loads(json.dumps(self.application.handle(event)))
        return answer

    def ask(self, action: str, **payload: Any) -> Any:
        answer = self.answer(action, **payload)
        assert answer["status"] == "ok", answer
        return answer["result"]

    def refused(self, action: str, **payload: Any) -> str:
        answer = self.answer(action, **payload)
        assert answer["status"] == "error", answer
        return f"{answer['error']}: {answer['cause']}"


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def caller(imports) -> Caller:
    imports.application.task("square")(lambda task: task.input["n"] ** 2)
    return Caller(imports.application)


def test_each_action_is_a_method_of_its_service(services):
    for make, names in ACTIONS.items():
        public = {name for name in dir(make(services)) if not name.startswith("_")}
        assert public == set(names)


def test_each_parameter_of_each_action_is_checked(services):
    unchecked = {
        (name, parameter)
        for make, names in ACTIONS.items()
        for name in names
        for parameter in _parameters(getattr(make(services), name))
    }

    # A task's input may be any value; the service itself checks the two modes.
    assert unchecked == {
        ("create_task", "input"),
        ("create_csv_import", "mode"),
        ("create_csv_import", "publish_mode"),
    }


def _parameters(action: Any) -> set[str]:
    return set(inspect.signature(action).parameters) - set(kinds_of(action))


class TestCommands:
    @pytest.mark.parametrize("action", ["publish", "publish_sync"])
    def test_a_whole_item_is_published(self, caller, action):
        told = caller.ask(action, pk=PK, sk=SK, name="Kennedy", attributes={"n": 1}, version=0)

        assert told["request_id"]
        assert (told["pk"], told["sk"], told["version"]) == (PK, f"{SK}@1", 1)
        assert told["changed"] is True

    @pytest.mark.parametrize("action", ["publish_partial_update", "publish_partial_update_sync"])
    def test_a_part_of_an_item_is_published(self, caller, action):
        caller.ask("publish_sync", pk=PK, sk=SK, attributes={"a": 1, "b": 1})

        told = caller.ask(action, pk=PK, sk=SK, attributes={"b": 2})

        command = caller.ask("get_command", pk=PK, sk=told["sk"])
        assert command["attributes"] == {"a": 1, "b": 2}

    def test_a_command_is_read_with_and_without_what_it_says(self, caller):
        caller.ask("publish_sync", pk=PK, sk=SK, name="Kennedy", created_by="me")

        command = caller.ask("get_command", pk=PK, sk=f"{SK}@1")
        status = caller.ask("get_command_status", pk=PK, sk=f"{SK}@1")

        assert (command["name"], command["created_by"]) == ("Kennedy", "me")
        assert (command["status"], command["sync_mode"]) == ("FINISHED", "SYNC")
        assert status == {
            name: value
            for name, value in command.items()
            if name not in {"name", "attributes", "is_deleted", "schema_version"}
        }
        assert caller.ask("get_command", pk=PK, sk=f"{SK}@2") is None
        assert caller.ask("get_command_status", pk=PK, sk=f"{SK}@2") is None

    def test_the_newest_version_may_be_under_way(self, caller):
        assert caller.ask("get_newest_version", pk=PK, sk=SK) == 0
        caller.ask("publish_sync", pk=PK, sk=SK)
        caller.ask("publish", pk=PK, sk=SK, name="other")

        assert caller.ask("get_newest_version", pk=PK, sk=SK) == 2

    def test_a_failed_command_is_retried(self, caller, services):
        caller.ask("publish", pk=PK, sk=SK, version=0)
        services.ordering.fail(CommandKey(PK, SK, 1), 0, "Broken", "it broke")
        assert caller.ask("get_command_status", pk=PK, sk=f"{SK}@1")["error"] == "Broken"

        started = caller.ask("retry_command", pk=PK, sk=f"{SK}@1")

        assert started == [{"pk": PK, "sk": f"{SK}@1", "attempt": 1}]
        command = caller.ask("get_command", pk=PK, sk=f"{SK}@1")
        assert (command["status"], command["attempt"]) == (CommandStatus.PUBLISHED, 1)
        assert caller.ask("get_command_obstacle", pk=PK, sk=f"{SK}@1") is None
        assert caller.refused("retry_command", pk=PK, sk=f"{SK}@2").startswith("NotFoundError")

    def test_a_command_that_no_retry_can_apply_says_why(self, caller, services, settings):
        for version in (0, 1):
            caller.ask("publish", pk=PK, sk=SK, version=version, attributes={"v": version})
        services.clients.dynamodb.delete_item(
            TableName=settings.commands_table, Key={"pk": {"S": PK}, "sk": {"S": f"{SK}@1"}}
        )

        obstacle = caller.ask("get_command_obstacle", pk=PK, sk=f"{SK}@2")

        assert obstacle["error"] == "VersionGap"
        assert "version 1 is gone" in obstacle["cause"]

    def test_a_conflict_is_the_callers(self, caller):
        assert caller.refused("publish", pk=PK, sk=SK, version=7).startswith("VersionConflict")


class TestData:
    def test_the_latest_and_the_earlier_states_are_read(self, caller):
        for number in (1, 2, 3):
            caller.ask("publish_sync", pk=PK, sk=SK, attributes={"n": number})

        latest = caller.ask("get_data", pk=PK, sk=SK)
        earlier = caller.ask("get_history", pk=PK, sk=SK, version=2)
        first_page = caller.ask("list_history", pk=PK, sk=SK, limit=1)
        second_page = caller.ask("list_history", pk=PK, sk=SK, before=first_page["before"])

        assert (latest["version"], latest["attributes"]) == (3, {"n": 3})
        assert (earlier["version"], earlier["attributes"]) == (2, {"n": 2})
        assert [entry["version"] for entry in first_page["items"]] == [2]
        assert [entry["version"] for entry in second_page["items"]] == [1]
        assert second_page["before"] is None

    def test_what_is_not_there_is_null(self, caller):
        assert caller.ask("get_data", pk=PK, sk=SK) is None
        assert caller.ask("get_history", pk=PK, sk=SK, version=1) is None
        assert caller.ask("list_history", pk=PK, sk=SK) == {
            "items": [],
            "before": None,
            "damaged": [],
        }
        assert caller.ask("list_data", pk=PK) == {"items": [], "cursor": None, "damaged": []}

    def test_a_partition_is_listed_page_by_page(self, caller):
        for code in ("AAA", "ABB", "BBB"):
            caller.ask("publish_sync", pk=PK, sk=f"AIRPORT#{code}")

        first = caller.ask("list_data", pk=PK, sk_prefix="AIRPORT#A", limit=1)
        rest = caller.ask("list_data", pk=PK, sk_prefix="AIRPORT#A", cursor=first["cursor"])

        listed = [entry["sk"] for entry in first["items"] + rest["items"]]
        assert listed == ["AIRPORT#AAA", "AIRPORT#ABB"]


class TestLargeAnswers:
    """Answers that Lambda would replace by an error: it takes 6 MB at most."""

    TWO_MB = "東" * 700_000
    SEVEN_MB = "x" * 7_000_000

    def test_a_page_of_states_ends_where_the_answer_is_full(self, caller):
        publish = caller.application.commands.publish_sync
        for code in ("A", "B", "C", "D"):
            publish(PK, f"AIRPORT#{code}", attributes={"photo": self.TWO_MB})

        first = caller.ask("list_data", pk=PK)
        rest = caller.ask("list_data", pk=PK, cursor=first["cursor"])

        assert [entry["sk"] for entry in first["items"]] == ["AIRPORT#A", "AIRPORT#B"]
        assert [entry["sk"] for entry in rest["items"]] == ["AIRPORT#C", "AIRPORT#D"]
        assert rest["cursor"] is None

    def test_what_is_not_answered_is_not_loaded(self, caller, clients):
        publish = caller.application.commands.publish_sync
        for code in ("A", "B", "C", "D", "E", "F"):
            publish(PK, f"AIRPORT#{code}", attributes={"photo": self.TWO_MB})
        loaded: list[str] = []
        clients.s3.meta.events.register(
            "before-call.s3.GetObject", lambda **_details: loaded.append("object")
        )

        caller.ask("list_data", pk=PK)

        assert len(loaded) == 3

    def test_a_state_that_no_answer_holds_is_refused_with_the_way_past_it(self, caller):
        publish = caller.application.commands.publish_sync
        publish(PK, "AIRPORT#A")
        publish(PK, "AIRPORT#B", attributes={"photo": self.SEVEN_MB})
        publish(PK, "AIRPORT#C")

        first = caller.ask("list_data", pk=PK)
        refusal = caller.refused("list_data", pk=PK, cursor=first["cursor"])
        behind = refusal.partition("the cursor '")[2].partition("'")[0]
        rest = caller.ask("list_data", pk=PK, cursor=behind)

        assert refusal.startswith(f"ValidationError: {PK} AIRPORT#B takes 7,000,")
        assert "Read it with the services in Python or on the command line" in refusal
        assert [entry["sk"] for entry in first["items"] + rest["items"]] == [
            "AIRPORT#A",
            "AIRPORT#C",
        ]

    def test_a_page_of_earlier_states_ends_where_the_answer_is_full(self, caller):
        publish = caller.application.commands.publish_sync
        photos = ["", self.TWO_MB, self.SEVEN_MB, self.TWO_MB, self.TWO_MB, self.TWO_MB, ""]
        for number, photo in enumerate(photos):
            publish(PK, SK, attributes={"n": number, "photo": photo})

        first = caller.ask("list_history", pk=PK, sk=SK)
        second = caller.ask("list_history", pk=PK, sk=SK, before=first["before"])
        refusal = caller.refused("list_history", pk=PK, sk=SK, before=second["before"])
        rest = caller.ask("list_history", pk=PK, sk=SK, before=3)

        assert [entry["version"] for entry in first["items"]] == [6, 5]
        assert [entry["version"] for entry in second["items"]] == [4]
        assert f"{PK} {SK}@3 takes 7,000," in refusal
        assert "Go on behind it with before=3." in refusal
        assert [entry["version"] for entry in rest["items"]] == [2, 1]
        assert rest["before"] is None

    @pytest.mark.parametrize("action", ["get_data", "get_command"])
    def test_an_item_that_no_answer_holds_is_refused(self, caller, action):
        caller.application.commands.publish_sync(PK, SK, attributes={"photo": self.SEVEN_MB})
        sk = SK if action == "get_data" else f"{SK}@1"

        refusal = caller.refused(action, pk=PK, sk=sk)

        assert refusal.startswith(f"ValidationError: The action '{action}' was run, and its answer")
        assert "Lambda takes 6,291,456 at most" in refusal

    def test_a_page_of_tasks_ends_where_the_answer_is_full(self, caller, monkeypatch):
        monkeypatch.setattr("cqrs.actions.room.LARGEST_PAYLOAD", 800_000)
        make = caller.application.tasks.create_task
        ids = [str(make("square", "x" * 150_000, TENANT)) for _ in range(6)]

        first = caller.ask("list_tasks", tenant=TENANT)
        rest = caller.ask("list_tasks", tenant=TENANT, cursor=first["cursor"])

        assert len(first["tasks"]) == 5
        listed = [entry["id"] for entry in first["tasks"] + rest["tasks"]]
        assert sorted(listed) == sorted(ids)
        assert rest["cursor"] is None

    def test_a_page_of_sub_tasks_ends_where_the_answer_is_full(self, caller, services, monkeypatch):
        # Each of these characters takes one byte in the table, and six in JSON.
        monkeypatch.setattr("cqrs.actions.room.LARGEST_PAYLOAD", 6_000_000)
        items = ["\x01" * 170_000] * 6
        tasks = caller.application.tasks
        key = tasks.create_step_function_task("square", items, TENANT)
        parent = services.store.get(services.settings.tasks_table, key.pk, key.sk)
        services.task_records.create_sub_tasks(parent, key, items)

        numbers, cursor, pages = [], None, 0
        while pages == 0 or cursor is not None:
            page = caller.ask("list_sub_tasks", id=str(key), cursor=cursor)
            numbers += [entry["id"][-4:] for entry in page["tasks"]]
            cursor, pages = page["cursor"], pages + 1

        assert numbers == [f"{number:04}" for number in range(1, 7)]
        assert pages == 2

    def test_no_more_rejected_rows_are_answered_than_an_answer_holds(self, caller, imports):
        wide = "x" * 100_000
        rows = [("X", f"{number}{wide}", "") for number in range(70)]
        imports.upload(csv_of(*rows))
        key = imports.make()
        imports.start(key)
        imports.import_batch(key, rows)

        answered = caller.ask("list_rejected_rows", id=str(key))

        assert [row["row"] for row in answered] == list(range(1, len(answered) + 1))
        assert 0 < len(answered) < 70


class TestTasks:
    def test_a_task_is_made_and_read(self, caller):
        made = caller.ask("create_task", task_type="square", input={"n": 3}, tenant=TENANT)

        task = caller.ask("get_task", id=made["id"])

        assert (task["type"], task["status"], task["input"]) == ("square", "CREATED", {"n": 3})
        assert task["counters"] is None
        assert caller.ask("get_task", id=made["id"].replace("acme", "none")) is None

    def test_a_task_of_many_is_made_and_read_with_its_sub_tasks(self, caller, services):
        made = caller.ask(
            "create_step_function_task",
            task_type="square",
            items=[{"n": 1}, {"n": 2}],
            tenant=TENANT,
        )
        caller.application.services.task_records.create_sub_tasks(
            services.store.get(services.settings.tasks_table, made["pk"], made["sk"]),
            TaskKey.from_mapping(made),
            [{"n": 1}, {"n": 2}],
        )

        whole = caller.ask("get_task", id=made["id"])
        first = caller.ask("list_sub_tasks", id=made["id"], limit=1)
        rest = caller.ask("list_sub_tasks", id=made["id"], cursor=first["cursor"])

        assert whole["counters"]["total"] == 2
        assert [entry["input"] for entry in first["tasks"] + rest["tasks"]] == [{"n": 1}, {"n": 2}]

    def test_tasks_are_listed(self, caller):
        ids = [
            caller.ask("create_task", task_type="square", input=n, tenant=TENANT)["id"]
            for n in range(3)
        ]

        listed = caller.ask("list_tasks", tenant=TENANT, limit=2)
        rest = caller.ask("list_tasks", tenant=TENANT, cursor=listed["cursor"])
        ended = caller.ask("list_tasks", tenant=TENANT, task_type="square", status="COMPLETED")

        found = {entry["id"] for entry in listed["tasks"] + rest["tasks"]}
        assert (len(listed["tasks"]), found) == (2, set(ids))
        assert ended["tasks"] == []


class PassingStrategy:
    """Wants no row."""

    def transform(self, row: dict[str, str]) -> None:
        raise SkipRow(f"no {row['city']}")


class TestImports:
    def test_an_import_is_made_and_followed(self, caller, imports, settings):
        imports.upload(csv_of(("AAA", "A", ""), ("X", "B", "")))
        made = caller.ask(
            "create_csv_import",
            bucket=settings.bucket,
            key="in.csv",
            target="places",
            tenant=TENANT,
            mode="DIRECT",
        )
        assert caller.ask("get_csv_import", id=made["id"])["status"] == "CREATED"
        assert caller.ask("get_rejected_rows_link", id=made["id"]) is None
        key = ImportKey.from_mapping(made)
        imports.start(key)
        imports.work_off_queue()

        job = caller.ask("get_csv_import", id=made["id"])
        rows = caller.ask("list_rejected_rows", id=made["id"])
        link = caller.ask("get_rejected_rows_link", id=made["id"])

        assert (job["status"], job["mode"]) == ("COMPLETED_WITH_ERRORS", ProcessingMode.DIRECT)
        assert job["counts"] == {"total": 2, "succeeded": 1, "skipped": 0, "failed": 1}
        assert [row["row"] for row in rows] == [2]
        assert "three letters" in rows[0]["reason"]
        assert (link["rows"], link["expires_in"]) == (1, 900)
        assert unquote(urlsplit(link["url"]).path).endswith(f"/{job['errors_key']}")

    def test_rows_that_a_strategy_passes_over_are_told(self, caller, imports, settings):
        imports.application.import_strategy("none")(PassingStrategy)
        imports.upload("code,city\nAAA,東京\n".encode("cp932"))
        made = caller.ask(
            "create_csv_import",
            bucket=settings.bucket,
            key="in.csv",
            target="none",
            tenant=TENANT,
            mode="DIRECT",
            encoding="cp932",
        )
        imports.start(ImportKey.from_mapping(made))
        imports.work_off_queue()

        job = caller.ask("get_csv_import", id=made["id"])
        rows = caller.ask("list_passed_over_rows", id=made["id"])

        assert (job["passed_over"], job["encoding"]) == (1, "cp932")
        assert rows == [{"row": 1, "reason": "no 東京"}]

    def test_imports_are_listed(self, caller, imports):
        made = [imports.make(), imports.make()]

        listed = caller.ask("list_csv_imports", tenant=TENANT, limit=1)
        rest = caller.ask("list_csv_imports", tenant=TENANT, cursor=listed["cursor"])
        failed = caller.ask("list_csv_imports", tenant=TENANT, status="FAILED")

        found = [job["id"] for job in (*listed["imports"], *rest["imports"])]
        assert sorted(found) == sorted(map(str, made))
        assert listed["imports"][0] == caller.ask("get_csv_import", id=found[0])
        assert rest["cursor"] is None
        assert failed == {"imports": [], "damaged": [], "cursor": None}

    def test_an_import_that_is_not_there(self, caller):
        id = "CSV_IMPORT#acme/places#01ARZ3NDEKTSV4RRFFQ69G5FAV"  # noqa: A001

        assert caller.ask("get_csv_import", id=id) is None
        assert caller.ask("list_rejected_rows", id=id) == []
        assert caller.refused("get_rejected_rows_link", id=id).startswith("NotFoundError")


class TestMistakes:
    @pytest.mark.parametrize(
        ("action", "payload", "cause"),
        [
            ("get_data", {"pk": PK}, "missing a required argument: 'sk'. It takes pk (text); sk"),
            ("get_data", {"pk": PK, "sk": SK, "x": 1}, "unexpected keyword argument 'x'"),
            ("get_data", {"pk": 1, "sk": SK}, "pk of action 'get_data' is 1; it must be text"),
            ("get_data", {"pk": "", "sk": SK}, "'' is not of the form <TYPE>#<tenant>"),
            ("get_data", {"pk": PK, "sk": "x" * 2000}, "at most 1008 are allowed"),
            ("get_data", {"pk": PK, "sk": "\ud800"}, "is not Unicode text"),
            ("list_data", {"pk": PK, "limit": "10"}, "is '10'; it must be a whole number"),
            ("list_data", {"pk": PK, "limit": True}, "is True; it must be a whole number"),
            ("list_data", {"pk": PK, "limit": 1.5}, "is 1.5; it must be a whole number"),
            ("list_data", {"pk": PK, "limit": 0}, "it must be 1 to 1000"),
            ("list_data", {"pk": "x"}, "is not of the form"),
            ("list_data", {"pk": PK, "cursor": "x"}, "does not belong to this list"),
            ("list_data", {"pk": PK, "cursor": 1}, "it must be text or null"),
            ("get_history", {"pk": PK, "sk": SK, "version": 0}, "a version of 1 or more"),
            ("list_history", {"pk": PK, "sk": SK, "before": 10**20}, "send a smaller number"),
            ("publish", {"pk": PK, "sk": SK, "attributes": [1]}, "it must be an object or null"),
            ("publish", {"pk": PK, "sk": SK, "is_deleted": "no"}, "it must be true or false"),
            ("publish", {"pk": PK, "sk": SK, "version": "1"}, "it must be a whole number"),
            ("get_command", {"pk": PK, "sk": SK}, "must end in @ and a version"),
            ("retry_command", {"pk": "x", "sk": f"{SK}@1"}, "is not of the form"),
            ("create_task", {"task_type": "square", "tenant": "a"}, "'input'"),
            ("create_task", {"task_type": "no", "input": 1, "tenant": "a"}, "No handler"),
            (
                "create_step_function_task",
                {"task_type": "square", "items": {}, "tenant": "a"},
                "is {}; it must be a list",
            ),
            ("get_task", {"id": "x"}, "is not the id of a task"),
            (
                "get_task",
                {"id": f"TASK#{'x' * 5000}/square#01ARZ3NDEKTSV4RRFFQ69G5FAV"},
                "at most 256 bytes",
            ),
            ("list_tasks", {"tenant": "a", "status": "DONE"}, "one of CREATED, QUEUED"),
            ("list_tasks", {"tenant": "a#b"}, "must have no #"),
            ("list_tasks", {"tenant": "a", "limit": 101}, "it must be 1 to 100"),
            ("list_tasks", {"tenant": "a", "cursor": "x"}, "does not belong to this list"),
            ("get_csv_import", {"id": "x"}, "is not the id of an import"),
            ("list_csv_imports", {"tenant": "a", "status": "DONE"}, "must be CREATED or PROC"),
            ("list_csv_imports", {"tenant": "a#b"}, "must have no #"),
            ("list_csv_imports", {"tenant": "a", "limit": 101}, "it must be 1 to 100"),
            ("list_csv_imports", {"tenant": "a", "cursor": "x"}, "does not belong to this list"),
            (
                "list_rejected_rows",
                {"id": "CSV_IMPORT#a/places#01ARZ3NDEKTSV4RRFFQ69G5FAV", "limit": 0},
                "it must be 1 to 1000",
            ),
            (
                "create_csv_import",
                {"bucket": "files", "key": "k", "target": "places", "tenant": "a", "mode": "FAST"},
                "mode is 'FAST'; it must be DIRECT or STEP_FUNCTION",
            ),
        ],
    )
    def test_a_payload_that_does_not_fit_is_answered_with_what_to_send(
        self, caller, action, payload, cause
    ):
        refusal = caller.refused(action, **payload)

        assert refusal.startswith("ValidationError")
        assert cause in refusal

    @pytest.mark.parametrize("event", [{}, {"payload": {}}, {"action": None}, {"action": ""}])
    def test_an_invocation_that_names_no_action_is_answered_with_what_to_send(self, caller, event):
        answer = caller.application.handle({"source": "direct", **event})

        assert (answer["status"], answer["error"]) == ("error", "ValidationError")
        assert answer["cause"].startswith("A direct invocation must name its action: {")
        assert "get_data" in answer["cause"]

    def test_a_fault_of_the_deployment_is_no_answer(self, caller):
        def broken() -> None:
            raise ConfigurationError("the bucket is gone")

        caller.application.action("broken")(broken)

        with pytest.raises(ConfigurationError, match="gone"):
            caller.answer("broken")

    def test_an_applications_own_action_is_checked_by_its_annotations(self, caller):
        def area(width: float, height: float, unit: str | None = None) -> str:
            return f"{width * height:g} {unit}"

        caller.application.action("area")(area)

        assert caller.ask("area", width=2, height=1.5) == "3 None"
        assert "width of action 'area' is '2'; it must be a number" in caller.refused(
            "area", width="2", height=1
        )
        assert "unit (text or null), which may be left out" in caller.refused("area")

    def test_an_annotation_that_is_not_there_at_run_time_takes_any_value(self, caller):
        def free(value: Unknown) -> Any:  # noqa: F821
            return value

        caller.application.action("free")(free)

        assert caller.ask("free", value=[1]) == [1]

    def test_the_kinds_are_those_of_json(self):
        assert {kind for entry in KINDS.values() for kind in entry.types} == {
            str,
            bool,
            int,
            float,
            dict,
            list,
            type(None),
        }
