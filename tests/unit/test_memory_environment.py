"""An application in memory runs as it is deployed, by a clock that its test moves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cqrs import Application, Command, DefaultEventFactory, EventFactory, ValidationError
from cqrs.errors import CommandFailed, TransientError
from cqrs.testing import (
    EnvironmentBusy,
    HandlerFailed,
    MemoryEnvironment,
    NeverQuiet,
    NothingFailed,
    NotInMemory,
)
from cqrs.testing.deployed import deployed
from cqrs.testing.faults import Faults
from stacks.declarations import resources

PK, SK = "SHIP#acme", "SHIP#1"
NAMES = (__name__,)


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def environment(application: Application) -> Iterator[MemoryEnvironment]:
    with MemoryEnvironment(application, packages=NAMES) as opened:
        yield opened


def publish(environment: MemoryEnvironment, **attributes: Any) -> None:
    environment.commands.publish(PK, SK, attributes=attributes)


class TestFailures:
    """Of the application's code are shown to the test."""

    @pytest.fixture
    def broken(self, application: Application) -> list[Command]:
        seen: list[Command] = []

        @application.sync_handler("broken", item_type="SHIP")
        def sink(command: Command) -> None:
            seen.append(command)
            raise KeyError("anchor")

        return seen

    def test_one_is_raised_with_its_traceback_and_its_place(
        self, environment: MemoryEnvironment, broken: list[Command]
    ):
        publish(environment)
        with pytest.raises(HandlerFailed, match="sync_data of local-cqrs-command-handler") as told:
            environment.settle()

        cause = told.value.__cause__
        assert isinstance(cause, KeyError)
        names = []
        trace = cause.__traceback__
        while trace is not None:
            names.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        assert names[-1] == "sink"
        # Each try of the state has raised, and the command has failed.
        assert len(broken) == 4
        assert environment.execution("command-handler").error == "SyncHandlerFailed"

    def test_one_that_is_expected_is_listed(
        self, environment: MemoryEnvironment, broken: list[Command]
    ):
        publish(environment)
        with environment.expect_failures(KeyError) as failures:
            environment.settle()

        assert len(failures) == len(broken)
        environment.settle()

    def test_one_that_does_not_come_is_missed(self, environment: MemoryEnvironment):
        publish(environment)

        with (
            pytest.raises(NothingFailed, match="No KeyError"),
            environment.expect_failures(KeyError),
        ):
            environment.settle()

    @pytest.mark.usefixtures("broken")
    def test_another_than_the_expected_one_is_raised(self, environment: MemoryEnvironment):
        publish(environment)

        with pytest.raises(HandlerFailed, match="anchor"), environment.expect_failures(OSError):
            environment.settle()

    @pytest.mark.usefixtures("broken")
    def test_one_that_nobody_has_looked_for_is_raised_in_the_end(self, application: Application):
        with (
            pytest.raises(HandlerFailed, match="anchor"),
            MemoryEnvironment(application) as one,
            suppress(CommandFailed),
        ):
            one.commands.publish_sync(PK, SK)

    def test_one_that_the_runtime_keeps_for_itself_is_raised_too(
        self, application: Application, environment: MemoryEnvironment
    ):
        @application.task("sail")
        def sail(_task: Any) -> None:
            raise ZeroDivisionError("no wind")

        key = environment.tasks.create_task("sail", {}, "acme")
        with pytest.raises(HandlerFailed, match="no wind"):
            environment.settle()

        assert environment.tasks.get(key).status == "FAILED"


class TestTime:
    """Stands still until the test moves it."""

    def test_it_begins_at_the_same_moment(self, environment: MemoryEnvironment):
        publish(environment)
        environment.settle()

        assert environment.now == datetime(2026, 1, 1, tzinfo=UTC)
        assert environment.data.get(PK, SK).updated_at == "2026-01-01T00:00:00.000Z"

    def test_ids_are_the_same_each_time(self, application: Application):
        application.task("sail")(lambda _task: None)
        stored = []
        for _ in range(2):
            with MemoryEnvironment(application) as one:
                publish(one)
                one.tasks.create_task("sail", {}, "acme")
                stored.append((one.items("commands"), one.items("tasks")))

        assert stored[0] == stored[1]

    def test_the_applications_code_follows_it(
        self, application: Application, environment: MemoryEnvironment
    ):
        @application.action("clocks")
        def clocks() -> list[str]:
            before = time.monotonic()
            time.sleep(50)
            return [datetime.now(UTC).isoformat(), str(time.monotonic() - before)]

        began = time.perf_counter()
        environment.advance(hours=2)
        answer = environment.act("clocks")

        assert answer["result"] == ["2026-01-01T02:00:50+00:00", "50.0"]
        assert time.perf_counter() - began < 30

    def test_items_expire_when_it_is_moved(self, environment: MemoryEnvironment):
        table = environment.deployed.settings.data_table
        item = {"pk": {"S": PK}, "sk": {"S": "x"}, "ttl": {"N": "1767312000"}}  # 2026-01-02
        environment.clients.dynamodb.put_item(TableName=table, Item=item)
        environment.settle()

        environment.advance(hours=23)
        assert len(environment.items("data")) == 1
        environment.advance(hours=1)
        assert environment.items("data") == []

    def test_it_is_the_real_one_again_behind_the_environment(self, application: Application):
        with MemoryEnvironment(application, packages=NAMES):
            assert datetime.now(UTC) == datetime.fromisoformat("2026-01-01T00:00:00+00:00")
        assert abs(datetime.now(UTC).timestamp() - time.time()) < 5

    def test_work_without_an_end_is_told(self, application: Application, monkeypatch):
        monkeypatch.setattr("cqrs.testing.environment.MOST_STEPS", 200)

        @application.on_notification("again")
        def again(notification: Any) -> None:
            application.services.notifications.send("again", PK, SK, notification.content)

        with MemoryEnvironment(application) as one:
            one.services.notifications.send("again", PK, SK, {})
            with pytest.raises(NeverQuiet, match="publish what calls it again"):
                one.settle()


class TestFaults:
    """A test can ask for."""

    def test_requests_that_are_throttled_for_a_while_are_made_again(
        self, environment: MemoryEnvironment
    ):
        publish(environment)
        environment.faults.refuse("dynamodb", "transact_write_items", times=3)
        environment.settle()

        assert environment.data.get(PK, SK).version == 1

    def test_a_refusal_for_good_is_the_callers(self, environment: MemoryEnvironment):
        environment.faults.refuse("dynamodb", "transact_write_items", times=1000)

        with pytest.raises(TransientError):
            publish(environment)

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("state", ["check_version", "sync_data", "finish"])
    def test_a_process_that_dies_is_followed_by_another_try(
        self, environment: MemoryEnvironment, state: str, after: bool
    ):
        environment.faults.die_in(state, after=after)
        publish(environment)
        environment.settle()

        execution = environment.execution("command-handler")
        assert execution.status == "SUCCEEDED"
        kinds = [event["type"] for event in execution.history]
        assert kinds.count("TaskFailed") == 1
        assert environment.data.get(PK, SK).version == 1

    @pytest.mark.parametrize(
        ("ask", "meant"),
        [
            (lambda faults: faults.refuse("dynamodbb", "update_item"), "'dynamodb'"),
            (lambda faults: faults.refuse("dynamodb", "update_itm"), "'update_item'"),
            (lambda faults: faults.lose_answer("stepfunction", "query"), "'stepfunctions'"),
            (lambda faults: faults.lose_answer("s3", "put_objekt"), "'put_object'"),
            (lambda faults: faults.die_in("sync_dta"), "'sync_data'"),
            (lambda faults: faults.die_in("sync_data_al"), "'sync_data'"),
        ],
    )
    def test_nothing_that_is_not_there(
        self, environment: MemoryEnvironment, ask: Callable[[Faults], None], meant: str
    ):
        with pytest.raises(ValidationError, match=f"never happen. Did you mean {meant}"):
            ask(environment.faults)

    def test_a_death_before_it_is_open_in_a_state_that_it_has(self):
        closed = MemoryEnvironment()
        closed.faults.die_in("sync_dta")

        with pytest.raises(ValidationError, match="Did you mean 'sync_data'"):
            closed.__enter__()

    def test_a_lost_answer_changes_nothing(self, environment: MemoryEnvironment):
        environment.faults.lose_answer("stepfunctions", "start_execution")
        publish(environment)
        environment.settle()

        assert environment.data.get(PK, SK).version == 1


class TestWhatIsNotKnown:
    """Is refused by name."""

    def test_an_operation(self, environment: MemoryEnvironment):
        with pytest.raises(NotInMemory, match="in memory does not know list_tables; it knows"):
            environment.clients.dynamodb.list_tables()

    def test_a_parameter(self, environment: MemoryEnvironment):
        with pytest.raises(NotInMemory, match=r"PutItem of DynamoDB .* does not know ReturnValues"):
            environment.clients.dynamodb.put_item(
                TableName=environment.deployed.settings.data_table, Item={}, ReturnValues="ALL_OLD"
            )

    @pytest.mark.parametrize(
        "change", ["DELETE #a :a", "SET #a.#b = :a", "SET a = :a", "SET #a = list_append(#a, :a)"]
    )
    def test_an_update_expression(self, environment: MemoryEnvironment, change: str):
        with pytest.raises(NotInMemory, match="does not understand"):
            environment.clients.dynamodb.update_item(
                TableName=environment.deployed.settings.data_table,
                Key={"pk": {"S": "a"}, "sk": {"S": "b"}},
                UpdateExpression=change,
                ExpressionAttributeNames={"#a": "a", "#b": "b"},
                ExpressionAttributeValues={":a": {"S": "x"}},
            )

    def test_a_service(self, environment: MemoryEnvironment):
        with pytest.raises(NotInMemory, match="no lambda in memory"):
            environment.clients.lambda_  # noqa: B018 - it is made when it is asked for

    @pytest.mark.usefixtures("environment")
    def test_a_second_environment(self):
        with (
            pytest.raises(EnvironmentBusy, match="Another MemoryEnvironment is open"),
            MemoryEnvironment(),
        ):
            pass


class TestHttp:
    """Requests of principals."""

    def test_one_publishes_and_waits(self, environment: MemoryEnvironment):
        key = {"Idempotency-Key": "k" * 16}
        put = environment.api("publisher").put(
            "/items/SHIP/1", {"name": "Ada"}, headers=key, sync="true"
        )
        assert put.status == 201, put.text

        got = environment.api("reader").get("/items/SHIP/1")
        assert (got.status, got.json()["name"]) == (200, "Ada")

    def test_one_without_the_role_or_tenant_is_refused(self, environment: MemoryEnvironment):
        assert environment.api("reader").put("/items/SHIP/1", {}).status == 403
        assert environment.api("publisher", tenants=["other"]).get("/items/SHIP/1").status == 403


class TestOwnResources:
    """That ``stacks/app`` declares."""

    @pytest.fixture
    def environment(self, application: Application, monkeypatch) -> Iterator[MemoryEnvironment]:
        monkeypatch.setattr(resources, "_declared", {})
        resources.queue("jobs")
        resources.table("orders", stream=True)
        resources.topic("news")
        resources.bucket("files")
        resources.schedule("dawn", "cron(0 8 * * ? *)")
        deployed.cache_clear()
        with MemoryEnvironment(application) as opened:
            yield opened
        deployed.cache_clear()

    @pytest.fixture(autouse=True)
    def seen(self, application: Application) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []

        class Seen(DefaultEventFactory):
            def _of(self, record: Any) -> list[Any]:
                name = application.resources.name_of(record)
                return [Noted(name, record)] if name else []

            transform_sqs = transform_sns = transform_dynamodb_stream = _of
            transform_s3 = transform_event_bridge = _of

        class Noted:
            def __init__(self, name: str, record: Any) -> None:
                self.name = name
                self.record = record

        application.event_factory(Seen)

        @application.event_handler(Noted)
        def note(event: Noted) -> None:
            if "refuse" in json.dumps(event.record):
                raise ValidationError("refused")
            found.append((event.name, event.record))

        assert issubclass(Seen, EventFactory)
        return found

    def test_each_reaches_the_application(
        self, environment: MemoryEnvironment, seen: list[tuple[str, Any]]
    ):
        environment.send("jobs", "work", urgent="yes")
        environment.put_item("orders", {"pk": "acme", "sk": "1", "total": 2})
        environment.publish_to("news", "hello")
        environment.put_file("a b.csv", "x", bucket="files")
        environment.settle()
        environment.advance(hours=8)

        assert [name for name, _ in seen] == ["jobs", "orders", "news", "files", "dawn"]
        records = dict(seen)
        assert records["jobs"]["messageAttributes"]["urgent"]["stringValue"] == "yes"
        assert records["orders"]["dynamodb"]["NewImage"]["total"] == {"N": "2"}
        assert records["files"]["s3"]["object"]["key"] == "a+b.csv"
        assert records["dawn"]["time"] == "2026-01-01T08:00:00Z"

    def test_what_is_refused_becomes_a_dead_letter(self, environment: MemoryEnvironment):
        with environment.expect_failures(ValidationError):
            environment.send("jobs", "refuse")
            environment.publish_to("news", "refuse")

        letters = [(one.source, one.error) for one in environment.dead_letters]
        assert letters == [("jobs", "ValidationError"), ("events", "")]


LANES = """
account_id = "111111111111"
application = "cqrs"
region = "ap-northeast-1"
[command]
lane = "LANE"
[ttl_days]
commands = 30
"""


@pytest.mark.parametrize(
    ("lane", "machine"), [("standard", "command-handler"), ("express", "command-express")]
)
def test_commands_are_applied_in_order_in_the_lane_of_the_file(
    application: Application, lane: str, machine: str, tmp_path: Path
):
    (tmp_path / "lanes.toml").write_text(LANES.replace("LANE", lane))
    seen: list[int] = []
    application.sync_handler("seen")(lambda command: seen.append(command.version))

    with MemoryEnvironment(application, name="lanes", folder=tmp_path) as one:
        for number in range(5):
            publish(one, number=number)
        one.settle()

        assert seen == [1, 2, 3, 4, 5]
        assert {view.machine for view in one.executions()} == {machine}
        assert {view.status for view in one.executions()} == {"SUCCEEDED"}
        one.advance(days=31)
        # The latest state stays when its commands have expired.
        assert (one.items("commands"), one.data.get(PK, SK).version) == ([], 5)


@pytest.mark.parametrize("healing", [False, True])
def test_the_healer_runs_by_its_schedule_if_that_is_asked_for(
    application: Application, healing: bool
):
    looks: list[str] = []

    def see(request: Mapping[str, Any]) -> bool:
        looks.append(request.get("IndexName", ""))
        return False

    with MemoryEnvironment(application, healing=healing) as one:
        one.faults.refuse("dynamodb", "query", when=see)
        one.advance(hours=2)
        assert bool(looks) == healing
        looks.clear()
        one.heal()
        assert looks


def test_nothing_of_an_environment_is_left_for_the_next(application: Application):
    with MemoryEnvironment(application) as first:
        publish(first)
        first.settle()
    with MemoryEnvironment(application) as second:
        assert second.data.get(PK, SK) is None
        assert second.executions() == []


def test_a_closed_environment_is_refused(application: Application):
    with MemoryEnvironment(application) as one:
        pass
    with pytest.raises(EnvironmentBusy, match="not open"):
        _ = one.commands


def test_a_command_takes_milliseconds(application: Application):
    with MemoryEnvironment(application) as one:
        publish(one)
        one.settle()
    began = time.process_time()
    with MemoryEnvironment(application) as one:
        publish(one)
        one.settle()

    assert time.process_time() - began < 0.05
