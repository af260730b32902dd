"""What AWS could not do for a user's own code just now fails nothing for good."""

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
from cqrs.commands.models import Command, CommandStatus, Content, SyncMode
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import ItemKey
from cqrs.errors import SyncHandlerFailed, Throttled, TransientError, Unreachable
from cqrs.imports.models import ImportStatus
from cqrs.settings import Settings
from cqrs.tasks.models import TaskStatus
from tests.unit.importing import TENANT, Imports, PlaceStrategy, csv_of
from tests.unit.sample_events import state_payload
from tests.unit.tasking import Tasks

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


TRANSIENT = [
    (refusal("ProvisionedThroughputExceededException"), Throttled),
    (refusal("InternalServerError", 500), TransientError),
    (ConnectionClosedError(endpoint_url="x"), Unreachable),
    (ReadTimeoutError(endpoint_url="x"), Unreachable),
    (IncompleteReadError(actual_bytes=1, expected_bytes=2), Unreachable),
    (TransientError("DynamoDB is throttled"), TransientError),
]
LASTING = [refusal("AccessDeniedException"), ValueError("no"), SystemExit(1)]


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
    with pytest.raises(Throttled):
        imports.import_batch(key, [("AAA", "Aville", "1")])

    imports.import_batch(key, [("AAA", "Aville", "1")])
    imports.finalize(key)

    assert imports.job(key).counts.succeeded == 1


def test_a_row_whose_sync_handler_aws_failed_is_finished_by_a_repeat(imports):
    tried: list[int] = []

    @imports.application.sync_handler("unlucky")
    def unlucky(_command: Command) -> None:
        tried.append(1)
        if len(tried) < 5:
            raise refusal("ThrottlingException")

    key = imports.make()
    imports.start(key)
    for _ in range(4):
        with pytest.raises(TransientError):
            imports.import_batch(key, [("AAA", "Aville", "1")])
    own = ItemKey(f"PLACE#{TENANT}", "PLACE#AAA").at(1)
    assert imports.services.commands.get(own).status is CommandStatus.PUBLISHED

    imports.import_batch(key, [("AAA", "Aville", "1")])
    imports.finalize(key)

    assert imports.services.commands.get(own).status is CommandStatus.FINISHED
    assert (imports.job(key).status, imports.job(key).counts.succeeded) == (
        ImportStatus.COMPLETED,
        1,
    )
