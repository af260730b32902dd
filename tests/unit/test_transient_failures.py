"""A failure of AWS in a user's own code just now fails nothing for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
)

from cqrs.application import Application
from cqrs.aws.clients import Clients
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import Command, CommandStatus, Content, SyncMode
from cqrs.commands.sync_handlers import TRIES, SyncHandlers
from cqrs.core.keys import ItemKey
from cqrs.errors import SyncHandlerFailed, Throttled, TransientError, Unreachable
from cqrs.imports.chunks.finisher import TURNS
from cqrs.imports.models import ImportStatus, ProcessingMode
from cqrs.settings import Settings
from cqrs.tasks.models import TaskStatus
from tests.unit.importing import TENANT, Imports, PlaceStrategy, csv_of
from tests.unit.sample_events import state_payload
from tests.unit.tasking import Tasks
from tests.unit.test_imports import many

COMMAND = Command(
    ItemKey("PLACE#acme", "PLACE#AAA").at(1),
    Content("", {}),
    CommandStatus.PUBLISHED,
    SyncMode.ASYNC,
    "request",
    "2026-01-01T00:00:00.000Z",
)


def refusal(code: str, status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "PutItem")


def cancelled(*reasons: str) -> ClientError:
    error = refusal("TransactionCanceledException")
    error.response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return error


TRANSIENT = [
    (refusal("ProvisionedThroughputExceededException"), Throttled),
    (refusal("InternalServerError", 500), TransientError),
    (refusal("TransactionConflictException"), TransientError),
    (refusal("TransactionInProgressException"), TransientError),
    (cancelled("None", "TransactionConflict"), TransientError),
    (ConnectionClosedError(endpoint_url="x"), Unreachable),
    (ReadTimeoutError(endpoint_url="x"), Unreachable),
    (IncompleteReadError(actual_bytes=1, expected_bytes=2), Unreachable),
    (TransientError("DynamoDB is throttled"), TransientError),
]
LASTING = [
    cancelled("TransactionConflict", "ConditionalCheckFailed"),
    refusal("AccessDeniedException"),
    ValueError("no"),
    SystemExit(1),
]


@pytest.fixture
def tasks(settings: Settings, clients: Clients) -> Tasks:
    return Tasks.of_squares(settings, clients)


@pytest.fixture
def imports(settings: Settings, clients: Clients) -> Imports:
    made = Imports(settings, clients)
    made.upload(csv_of(("AAA", "Aville", "1")))
    return made


def raising(error: BaseException) -> Any:
    def handler(*_: Any) -> None:
        raise error

    return handler


@pytest.mark.parametrize(("error", "kind"), TRANSIENT)
def test_a_sync_handler_that_aws_failed_may_be_repeated(error, kind):
    handlers = SyncHandlers()
    handlers.register("unlucky", raising(error))

    with pytest.raises(TransientError, match=f"Sync handler unlucky: {kind.__name__}"):
        handlers.run("unlucky", COMMAND)


def test_a_sync_handler_that_aws_failed_is_called_again_at_once():
    errors = [refusal("ThrottlingException"), refusal("InternalServerError", 500)]
    called: list[int] = []

    def unlucky(command: Command) -> None:
        called.append(command.version)
        if errors:
            raise errors.pop()

    handlers = SyncHandlers()
    handlers.register("unlucky", unlucky)
    handlers.run("unlucky", COMMAND)

    assert called == [1] * TRIES


@pytest.mark.parametrize("error", LASTING)
def test_a_sync_handler_that_fails_for_a_reason_of_its_own_has_failed(error):
    handlers = SyncHandlers()
    handlers.register("broken", raising(error))

    with pytest.raises(SyncHandlerFailed):
        handlers.run("broken", COMMAND)


@pytest.mark.parametrize(("error", "kind"), TRANSIENT)
def test_a_task_that_aws_failed_comes_again(tasks: Tasks, error, kind):
    tasks.application.task("unlucky")(raising(error))
    key = tasks.service.create_task("unlucky", None, TENANT)

    with pytest.raises(kind):
        tasks.deliver_message(tasks.queue(key))

    assert tasks.service.get(key).status is TaskStatus.PROCESSING


@pytest.mark.parametrize(("error", "kind"), TRANSIENT)
def test_a_state_of_a_users_own_fails_with_a_name_that_is_retried(settings, clients, error, kind):
    application = Application(settings, clients)

    class Workflow:
        def look_up(self, _event: Any) -> None:
            raise error

    application.workflow("own")(Workflow)

    with pytest.raises(kind):
        application.handle(state_payload("test-cqrs-own", "look_up"))


def test_a_row_whose_strategy_aws_failed_is_not_rejected(imports):
    tried: list[str] = []

    class Unlucky(PlaceStrategy):
        def validate(self, row: Mapping[str, str]) -> None:
            tried.append(row["code"])
            if len(tried) == 1:
                raise refusal("ThrottlingException")

    imports.application.import_strategy("unlucky")(Unlucky)
    key = imports.make(target="unlucky")
    imports.start(key)

    assert imports.import_batch(key, [("AAA", "Aville", "1")]) == {"rows": 1, "left": 0}
    imports.finalize(key)

    assert tried == ["AAA", "AAA"]
    assert imports.job(key).counts.succeeded == 1


def test_a_row_whose_sync_handler_aws_failed_is_finished_when_it_is_back(imports):
    tried: list[int] = []

    @imports.application.sync_handler("unlucky")
    def unlucky(_command: Command) -> None:
        tried.append(1)
        if len(tried) <= (TURNS + 1) * TRIES:
            raise refusal("ThrottlingException")

    key = imports.make()
    imports.start(key)

    assert imports.import_batch(key, [("AAA", "Aville", "1")]) == {"rows": 1, "left": 0}
    imports.finalize(key)

    own = ItemKey(f"PLACE#{TENANT}", "PLACE#AAA").at(1)
    assert imports.services.commands.get(own).status is CommandStatus.FINISHED
    assert (imports.job(key).status, imports.job(key).counts.succeeded) == (
        ImportStatus.COMPLETED,
        1,
    )


class TestSynchronousPublish:
    """AWS fails what follows the write that stores and applies a command."""

    PK, SK = "PLACE#acme", "PLACE#AAA"

    @pytest.fixture
    def unlucky(self, sync_handlers) -> list[BaseException]:
        """Errors that a sync handler meets, one a call."""
        errors: list[BaseException] = []

        def handler(_command: Command) -> None:
            if errors:
                raise errors.pop()

        sync_handlers.register("unlucky", handler)
        return errors

    def test_an_execution_goes_on_with_it(self, services, unlucky, step_functions, execute):
        unlucky += [refusal("ThrottlingException")] * TRIES

        with pytest.raises(TransientError, match=r"PLACE#AAA@1 is stored .* An execution goes on"):
            services.commands.publish_sync(self.PK, self.SK, attributes={"n": 1})

        key = ItemKey(self.PK, self.SK).at(1)
        command = services.commands.get(key)
        assert (command.status, command.attempt) == (CommandStatus.PUBLISHED, 1)
        assert list(step_functions.started) == [command_execution_name(key, command.request_id, 1)]
        execute(key).apply()
        assert services.commands.get(key).status is CommandStatus.FINISHED

    def test_an_execution_goes_on_if_the_answer_to_handing_it_over_gets_lost(
        self, services, unlucky, step_functions, requests
    ):
        unlucky += [refusal("ThrottlingException")] * TRIES
        requests.lose_answer("UpdateItem")

        with pytest.raises(TransientError, match="An execution goes on"):
            services.commands.publish_sync(self.PK, self.SK, attributes={"n": 1})

        assert len(step_functions.started) == 1

    @pytest.mark.usefixtures("unlucky")
    def test_one_that_was_finished_and_nobody_told_is_done(self, services, monkeypatch):
        finish = services.ordering.finish

        def lose(key: Any) -> None:
            finish(key)
            raise TransientError("the answer got lost")

        monkeypatch.setattr(services.ordering, "finish", lose)

        made = services.commands.publish_sync(self.PK, self.SK, attributes={"n": 1})

        assert services.commands.get(made.key).status is CommandStatus.FINISHED

    def test_its_publisher_is_told_if_nobody_goes_on(self, services, unlucky, monkeypatch):
        unlucky += [refusal("ThrottlingException")] * TRIES
        monkeypatch.setattr(services.command_executions, "start", raising(TransientError("away")))

        with pytest.raises(TransientError, match="Nobody goes on with it until"):
            services.commands.publish_sync(self.PK, self.SK, attributes={"n": 1})


@pytest.mark.parametrize(
    ("mode", "where"),
    [
        (ProcessingMode.STEP_FUNCTION, "handler"),
        (ProcessingMode.DIRECT, "handler"),
        (ProcessingMode.DIRECT, "strategy"),
    ],
)
def test_what_is_behind_the_rows_that_are_done_has_all_tries_of_a_message(
    imports, mode: ProcessingMode, where: str
):
    rows = many(60)
    late, left = rows[40][0], [refusal("ThrottlingException")] * TRIES

    class Unlucky(PlaceStrategy):
        def validate(self, row: Mapping[str, str]) -> None:
            if where == "strategy" and row["code"] == late and left:
                left.clear()
                raise refusal("ThrottlingException")

    def handler(command: Command) -> None:
        if where == "handler" and command.sk == f"PLACE#{late}" and left:
            raise left.pop()

    imports.application.import_strategy("unlucky")(Unlucky)
    imports.application.sync_handler("unlucky")(handler)
    imports.upload(csv_of(*rows))
    key = imports.make(mode, target="unlucky")
    imports.start(key)
    if mode is ProcessingMode.STEP_FUNCTION:
        assert imports.import_batch(key, rows) == {"rows": 60, "left": 35}
        imports.finalize(key)
    else:
        (message,) = imports.take_messages()
        imports.deliver(message)
        assert imports.job(key).counts.total == 25
    (rest,) = imports.take_messages()
    assert rest["row"] == 26
    imports.deliver(rest)

    assert not left
    assert (imports.job(key).status, imports.job(key).counts.succeeded) == (
        ImportStatus.COMPLETED,
        60,
    )
