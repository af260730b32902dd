"""Code of an application that a call would not run: refused, and never taken for done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel

from cqrs.application import Application
from cqrs.aws.application_code import ran
from cqrs.commands.models import Command, CommandStatus, Content, SyncMode
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import CommandKey
from cqrs.errors import ConfigurationError, SyncHandlerRefused
from cqrs.events.factory import EventFactory
from cqrs.events.types import SqsEvent
from cqrs.imports.chunks.rows import RowReader
from cqrs.imports.models import ImportedItem, RejectedRow, Row
from cqrs.imports.strategies import ImportStrategies
from cqrs.notifications.queue import Notification, NotificationHandlers
from tests.unit import sample_events as samples


async def waits(*_given: Any) -> None:
    raise ValueError("never seen")


def yields(*_given: Any) -> Any:
    raise ValueError("never seen")
    yield


async def streams(*_given: Any) -> Any:
    raise ValueError("never seen")
    yield


class Waits:
    async def __call__(self, *_given: Any) -> None:
        raise ValueError("never seen")


class Yields:
    def __call__(self, *_given: Any) -> Any:
        raise ValueError("never seen")
        yield


UNRUN = {
    "async": waits,
    "generator": yields,
    "async generator": streams,
    "partial": partial(waits, 1),
    "partial of a partial": partial(partial(yields, 1), 2),
    "object": Waits(),
    "generator object": Yields(),
    "partial of an object": partial(Waits(), 1),
    "bound method": Waits().__call__,
    "no function": "text",
}


def strategy_of(**methods: Any) -> type:
    plain = {"transform": lambda _self, _row: ImportedItem("A", "a", "n", {})}
    return type("Strategy", (), {**plain, **methods})


class AsyncItem(BaseModel):
    code: str

    async def to_item(self) -> ImportedItem:
        raise ValueError("never seen")


REGISTRATIONS: dict[str, Callable[[Application, Any], object]] = {
    "sync_handler": lambda app, code: app.sync_handler("one")(code),
    "task": lambda app, code: app.task("one")(code),
    "on_notification": lambda app, code: app.on_notification("one")(code),
    "event_handler": lambda app, code: app.event_handler(SqsEvent)(code),
    "action": lambda app, code: app.action("one")(code),
}

CLASSES: dict[str, Callable[[Application, Any], object]] = {
    "import_strategy": lambda app, code: app.import_strategy("t")(strategy_of(transform=code)),
    "import_strategy's validate": lambda app, code: app.import_strategy("t")(
        strategy_of(validate=code)
    ),
    "event_handler": lambda app, code: app.event_handler(SqsEvent)(
        type("Handler", (), {"execute": code})
    ),
    "workflow": lambda app, code: app.workflow("m")(type("Workflow", (), {"fetch": code})),
    **{
        f"event_factory's {method}": lambda app, code, method=method: app.event_factory(
            type("Factory", (EventFactory,), {method: code})
        )
        for method in vars(EventFactory)
        if method.startswith("transform_")
    },
}


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.mark.parametrize("code", UNRUN.values(), ids=UNRUN)
@pytest.mark.parametrize("decorator", REGISTRATIONS)
def test_a_function_that_a_call_would_not_run_is_refused(application, decorator, code):
    with pytest.raises(ConfigurationError, match=f"@application.{decorator} cannot take"):
        REGISTRATIONS[decorator](application, code)


@pytest.mark.parametrize(
    "code",
    [waits, yields, streams, staticmethod(yields), classmethod(waits)],
    ids=["async", "generator", "async generator", "static", "of the class"],
)
@pytest.mark.parametrize("name", CLASSES)
def test_a_method_that_a_call_would_not_run_is_refused(application, name, code):
    decorator = name.partition("'")[0]
    with pytest.raises(ConfigurationError, match=f"@application.{decorator} cannot take"):
        CLASSES[name](application, code)


def test_a_model_whose_item_a_call_would_not_make_is_refused(application):
    with pytest.raises(ConfigurationError, match=r"cannot take AsyncItem\.to_item: it is an async"):
        application.import_strategy("places")(AsyncItem)


def test_the_refusal_says_what_to_do(application):
    with pytest.raises(ConfigurationError) as refused:
        application.workflow("m")(type("Workflow", (), {"fetch": yields}))

    assert str(refused.value) == (
        "@application.workflow cannot take yields: it is a generator function, and a call of it "
        "runs nothing. Make it a function without async and yield; within it, asyncio.run(...) "
        "waits for what is async, and a loop runs a generator. A method that is not a state has a "
        "name that begins with an underscore."
    )


def test_what_a_call_runs_is_taken(application):
    class Handler:
        def __call__(self, _command: Any) -> None:
            """Do nothing."""

        async def close(self) -> None:
            """Not what is called."""

    class Workflow:
        def fetch(self, _event: Any) -> None:
            """Do nothing."""

        def _pages(self) -> Any:
            yield

    application.sync_handler("function")(lambda _command: None)
    application.sync_handler("object")(Handler())
    application.sync_handler("partial")(partial(Handler()))
    application.sync_handler("class")(Command)
    application.on_notification("builtin")(print)
    application.workflow("m")(Workflow)


# The faults that are known only when it is called


def hiding(code: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*given: Any) -> Any:
        return code(*given)

    return wrapper


HIDDEN = {name: hiding(UNRUN[name]) for name in ("async", "generator", "async generator")}


@pytest.fixture(params=HIDDEN.values(), ids=HIDDEN)
def hidden(request: Any) -> Any:
    return request.param


def test_a_sync_handler_that_has_not_run_fails_its_command(hidden):
    handlers = SyncHandlers()
    handlers.register("hidden", hidden)
    command = Command(
        key=CommandKey("A#acme", "A#1", 1),
        content=Content("n", {}, False),
        status=CommandStatus.PUBLISHED,
        sync_mode=SyncMode.SYNC,
        request_id="r",
        created_at="2026-01-01T00:00:00+00:00",
    )

    with pytest.raises(SyncHandlerRefused, match="Sync handler hidden: ConfigurationError: It ret"):
        handlers.run("hidden", command)


def test_a_row_whose_check_has_not_run_is_rejected(hidden, services):
    strategies = ImportStrategies()
    strategies.register("places", strategy_of(validate=hidden))

    read = RowReader(strategies.of("places"), "acme", services.typed_items).read(
        Row(1, {"code": "AAA"})
    )

    assert isinstance(read, RejectedRow)
    assert "nothing has run of that" in read.reason


def test_a_notification_whose_handler_has_not_run_fails_and_the_others_are_told(hidden):
    handlers, told = NotificationHandlers(), []
    handlers.register("one", hidden)
    handlers.register("one", told.append)
    notification = Notification("one", "A#acme", "A#1", "acme", {})

    with pytest.raises(ConfigurationError, match="nothing has run of that"):
        handlers.handle(notification)
    assert told == [notification]


def test_an_event_whose_handler_has_not_run_fails(settings, hidden):
    application = Application(settings)
    application.event_handler(SqsEvent)(hidden)

    with pytest.raises(ConfigurationError, match="nothing has run of that"):
        application.handle(samples.sqs_event("{}", queue="others"))


def test_an_action_that_has_not_run_fails_its_caller(settings, hidden):
    application = Application(settings)
    application.action("hidden")(lambda payload=0: hidden(payload))

    with pytest.raises(ConfigurationError, match="nothing has run of that"):
        application.handle(samples.direct_event("hidden"))


@pytest.mark.parametrize("answer", [None, 0, "text", [1], iter([1]), (n for n in ()).__class__])
def test_other_answers_are_given_back(answer):
    assert ran(answer) is answer
