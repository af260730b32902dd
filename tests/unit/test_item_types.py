"""Types of items: what is refused at each door, and how items of earlier versions are read."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cqrs.application import Application
from cqrs.commands.executions import execution_input
from cqrs.commands.models import Command, CommandStatus
from cqrs.core.keys import CommandKey
from cqrs.errors import (
    PERMANENT_ERRORS,
    ConfigurationError,
    InvalidItem,
    NotFoundError,
    UpcasterFailed,
    ValidationError,
)
from cqrs.item_types import schemas
from cqrs.item_types.registry import ItemTypes
from cqrs.services import Services
from cqrs.settings import Settings
from tests.unit.conftest import MotoClients, Requests
from tests.unit.execution import CommandExecution
from tests.unit.importing import TENANT, Imports, csv_of
from tests.unit.sample_events import direct_event

PK, SK = "AIRPORT#acme", "AIRPORT#JFK"
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "runways": {"type": "array", "items": {"type": "integer", "minimum": 1}},
    },
    "required": ["city"],
    "additionalProperties": False,
}
FITTING = {"city": "New York", "runways": [4]}
MISFIT = {"runways": [0, "x"], "cty": "New York"}
ERRORS = (
    ("attributes.runways[0]", "is 0; it must be 1 or more"),
    ("attributes.runways[1]", "is 'x'; it must be a whole number"),
    ("attributes.city", "is missing"),
    ("attributes.cty", "is unknown; known are city, runways"),
)
METHODS = ("publish", "publish_sync", "publish_partial_update", "publish_partial_update_sync")

Made = Callable[..., Application]


@pytest.fixture
def made(settings: Settings, clients: MotoClients) -> Made:
    """Makes an application whose airports have a version of their schema."""

    def make(version: int = 1, unknown: str = "allow", schema: Any = SCHEMA) -> Application:
        application = Application(replace(settings, unknown_item_types=unknown), clients)
        application.item_type("AIRPORT", schema, version=version)
        return application

    return make


@pytest.fixture
def application(made: Made) -> Application:
    return made()


def stored(application: Application, sk: str = SK) -> dict[str, Any]:
    services = application.services
    return services.store.get(services.settings.data_table, PK, sk) or {}


def written(requests: Requests) -> list[str]:
    return [name for name in requests.operations if "Write" in name or name.startswith("Put")]


# At the doors


@pytest.mark.parametrize("method", METHODS)
def test_no_publish_takes_what_does_not_fit(
    application: Application, requests: Requests, method: str
) -> None:
    application.commands.publish_sync(PK, SK, attributes=FITTING)
    requests.operations.clear()

    with pytest.raises(InvalidItem) as refused:
        getattr(application.commands, method)(PK, SK, attributes={"city": 1})

    assert refused.value.errors == (("attributes.city", "is 1; it must be text"),)
    assert str(refused.value) == (
        "AIRPORT#acme AIRPORT#JFK does not fit the type AIRPORT: attributes.city is 1; it must be "
        "text. Mend that, and publish it again."
    )
    assert written(requests) == []


def test_every_error_is_told_at_its_place(application: Application) -> None:
    with pytest.raises(InvalidItem) as refused:
        application.commands.publish(PK, SK, attributes=MISFIT)

    assert refused.value.errors == ERRORS
    assert application.commands.get(CommandKey(PK, SK, 1)) is None


def test_a_partial_update_is_checked_with_what_is_stored(application: Application) -> None:
    application.commands.publish_sync(PK, SK, attributes=FITTING)

    application.commands.publish_partial_update_sync(PK, SK, attributes={"runways": []})
    with pytest.raises(InvalidItem, match="known are"):
        application.commands.publish_partial_update_sync(PK, SK, attributes={"state": "NY"})

    assert stored(application)["attributes"] == {"city": "New York", "runways": []}


def test_a_deletion_is_not_checked(application: Application) -> None:
    application.commands.publish_sync(PK, SK, attributes=FITTING)

    assert application.commands.publish_sync(PK, SK, is_deleted=True).changed


def test_a_direct_caller_gets_all_errors(application: Application) -> None:
    for action in ("publish", "publish_sync", "check_item"):
        answer = application.handle(direct_event(action, pk=PK, sk=SK, attributes=MISFIT))

        assert (answer["status"], answer["error"]) == ("error", "InvalidItem")
        assert answer["errors"] == [{"path": path, "message": text} for path, text in ERRORS]
        assert all(f"{path} {text}." in answer["cause"] for path, text in ERRORS)

    fitting = application.handle(direct_event("check_item", pk=PK, sk=SK, attributes=FITTING))
    assert fitting == {"status": "ok", "result": None}
    assert stored(application) == {}


def test_a_row_that_does_not_fit_is_rejected_with_its_reasons(
    settings: Settings, clients: MotoClients
) -> None:
    imports = Imports(settings, clients)
    limits = {"properties": {"runways": {"type": "integer", "maximum": 9}}}
    imports.application.item_type("PLACE", limits)
    rows = [("JFK", "New York", "4"), ("XXX", "Nowhere", "99")]
    imports.upload(csv_of(*rows))
    key = imports.make()
    imports.start(key)

    imports.import_batch(key, rows)
    imports.finalize(key)

    counts = imports.job(key).counts
    assert (counts.succeeded, counts.failed) == (1, 1)
    (rejected,) = imports.services.imports.rejected_rows(key)
    assert rejected.number == 2
    assert "attributes.runways is 99; it must be 9 or less." in rejected.reason
    assert imports.services.data.get(f"PLACE#{TENANT}", "PLACE#XXX") is None


def test_many_errors_are_told_up_to_a_hundred(application: Application) -> None:
    with pytest.raises(InvalidItem) as refused:
        application.commands.publish(PK, SK, attributes={"city": "x", "runways": ["x"] * 500})

    assert len(refused.value.errors) == 100


# Unknown types


def test_an_unknown_type_is_allowed_by_default(application: Application) -> None:
    assert application.commands.publish("NOTE#acme", "NOTE#1", attributes={"n": 1}).changed


@pytest.mark.parametrize("method", ["publish", "publish_sync"])
def test_an_unknown_type_is_refused_by_the_setting(made: Made, method: str) -> None:
    commands = made(unknown="refuse").commands

    with pytest.raises(ValidationError, match=r"of the type NOTE, which is not known.*AIRPORT"):
        getattr(commands, method)("NOTE#acme", "NOTE#1", attributes={"n": 1})
    assert commands.publish("SETTINGS#acme", "TTL", attributes={"commands": 3}).changed
    assert commands.publish(PK, SK, attributes=FITTING).changed


# Versions


def upcasting(made: Made, version: int = 2) -> Application:
    """The application after its next deployment, whose airports have a country."""
    schema = {"properties": {"city": {}, "country": {"type": "string"}}, "required": ["country"]}
    application = made(version, schema=schema)

    @application.upcaster("AIRPORT", from_version=1)
    def add_country(attributes: dict[str, Any]) -> Mapping[str, Any]:
        attributes["runways"].append("changed in place")
        return {"city": attributes["city"], "country": "USA"}

    return application


def test_present_items_are_of_version_1_and_say_nothing_of_it(application: Application) -> None:
    application.commands.publish_sync(PK, SK, attributes=FITTING)

    assert "schemaVersion" not in stored(application)
    assert application.data.get(PK, SK).schema_version == 1


def test_an_item_of_an_earlier_version_is_read_as_of_the_newest(made: Made) -> None:
    made().commands.publish_sync(PK, SK, attributes=FITTING)
    made().commands.publish_sync(PK, SK, attributes={**FITTING, "city": "Jamaica"})
    newest = upcasting(made)

    read = newest.data.get(PK, SK)
    (earlier,) = newest.history.list(PK, SK).items
    command = newest.commands.get(CommandKey(PK, SK, 2))

    assert (read.attributes, read.schema_version) == ({"city": "Jamaica", "country": "USA"}, 2)
    assert [state.attributes for state in newest.data.list(PK).items] == [read.attributes]
    assert earlier.attributes == {"city": "New York", "country": "USA"}
    assert newest.history.get(PK, SK, 1) == earlier
    assert (command.attributes, command.content.schema_version) == (read.attributes, 2)
    assert stored(newest)["attributes"] == {"city": "Jamaica", "runways": [4]}


def test_a_partial_update_is_merged_with_the_newest_version(made: Made) -> None:
    made().commands.publish_sync(PK, SK, attributes=FITTING)
    newest = upcasting(made)

    newest.commands.publish_partial_update_sync(PK, SK, attributes={"city": "Jamaica"})

    assert stored(newest)["attributes"] == {"city": "Jamaica", "country": "USA"}
    assert stored(newest)["schemaVersion"] == 2
    services = newest.services
    kept = services.store.get(services.settings.history_table, PK, f"{SK}@1")
    assert kept["attributes"] == FITTING  # whatever the upcaster did to what it was given
    assert newest.commands.get(CommandKey(PK, SK, 2)).content.schema_version == 2


def test_a_partial_update_of_nothing_stores_an_item_in_the_newest_version_once(made: Made) -> None:
    made().commands.publish_sync(PK, SK, attributes=FITTING)
    newest = upcasting(made)

    assert newest.commands.publish_partial_update_sync(PK, SK).changed
    assert not newest.commands.publish_partial_update_sync(PK, SK).changed
    assert stored(newest)["schemaVersion"] == 2


def test_sync_handlers_see_the_newest_version_of_a_command_that_was_under_way(
    made: Made, settings: Settings
) -> None:
    key = made().commands.publish(PK, SK, attributes=FITTING).key
    newest = upcasting(made)
    seen: list[Command] = []
    newest.sync_handler("seen")(seen.append)

    started = execution_input(key, newest.commands.get(key).request_id)
    workflow = newest.services.command_workflow
    CommandExecution(workflow, settings.resource_prefix, key, started).apply()

    (command,) = seen
    assert command.attributes == {"city": "New York", "country": "USA"}
    assert stored(newest)["attributes"] == FITTING
    assert newest.data.get(PK, SK).attributes == command.attributes


def test_an_item_of_a_newer_version_is_shown_as_stored_and_not_published_on(made: Made) -> None:
    newest = upcasting(made)
    newest.commands.publish_sync(PK, SK, attributes={"country": "USA"})
    newest.commands.publish(PK, SK, attributes={"country": "Japan"})
    earlier = made()

    read = earlier.data.get(PK, SK)
    assert (read.attributes, read.schema_version) == ({"country": "USA"}, 2)
    for method in METHODS:
        with pytest.raises(ValidationError, match=r"version 2 .* knows versions to 1: a newer"):
            getattr(earlier.commands, method)(PK, SK, attributes=FITTING)
    with pytest.raises(ValidationError, match="knows versions to 1"):
        earlier.commands.publish(PK, SK, is_deleted=True)
    assert stored(earlier)["attributes"] == {"country": "USA"}


def test_a_row_on_an_item_of_a_newer_version_is_rejected(
    settings: Settings, clients: MotoClients
) -> None:
    newest = Application(settings, clients)
    newest.item_type("PLACE", {"type": "object"}, version=2)
    newest.commands.publish_sync(f"PLACE#{TENANT}", "PLACE#JFK", attributes={"place": "NY"})
    imports = Imports(settings, clients)
    rows = [("JFK", "New York", "4"), ("KIX", "Osaka", "2")]
    imports.upload(csv_of(*rows))
    key = imports.make()
    imports.start(key)

    imports.import_batch(key, rows)
    imports.finalize(key)

    (rejected,) = imports.services.imports.rejected_rows(key)
    assert (rejected.number, imports.job(key).counts.succeeded) == (1, 1)
    assert "knows versions to 1" in rejected.reason


def test_a_row_that_says_what_an_item_of_an_earlier_version_says_is_published(
    settings: Settings, clients: MotoClients
) -> None:
    rows = [("JFK", "New York", "4")]
    for version, succeeded in ((1, 1), (2, 1), (2, 0)):
        imports = Imports(settings, clients)
        imports.application.item_type("PLACE", {"type": "object"}, version=version)
        imports.application.upcaster("PLACE", from_version=1)(dict)
        imports.upload(csv_of(*rows))
        key = imports.make()
        imports.start(key)
        imports.import_batch(key, rows)
        imports.finalize(key)
        assert imports.job(key).counts.succeeded == succeeded
    assert imports.services.data.get(f"PLACE#{TENANT}", "PLACE#JFK").version == 2


# Upcasters that fail


def failing(made: Made, upcaster: Callable[[dict[str, Any]], Any]) -> Application:
    application = made(2, schema={"type": "object"})
    application.upcaster("AIRPORT", from_version=1)(upcaster)
    return application


@pytest.mark.parametrize(
    ("upcaster", "told"),
    [
        (lambda attributes: attributes["country"], "KeyError: 'country'"),
        (lambda _: sys.exit(1), "HandlerLeft: SystemExit: 1"),
        (lambda _: None, "TypeError"),
        (lambda _: {"n": {1}}, "ValidationError: its result.n"),
    ],
)
def test_an_upcaster_that_fails_is_told_with_item_and_versions(
    made: Made, upcaster: Callable[[dict[str, Any]], Any], told: str
) -> None:
    made().commands.publish_sync(PK, SK, attributes=FITTING)
    made().commands.publish_sync(PK, "AIRPORT#OLD", attributes=FITTING)
    newest = failing(made, upcaster)
    newest.commands.publish_sync(PK, SK, attributes={"n": 1})

    with pytest.raises(UpcasterFailed) as failed:
        newest.data.get(PK, "AIRPORT#OLD")

    assert (
        "AIRPORT#acme AIRPORT#OLD is stored in version 1 of the schema of AIRPORT, of 2, and its "
        "upcaster from there failed." in str(failed.value)
    )
    assert told in str(failed.value)
    page = newest.data.list(PK)
    assert [item.key.sk for item in page.items] == [SK]
    assert [item.key for item in page.damaged] == ["AIRPORT#acme AIRPORT#OLD"]


def test_an_upcaster_that_fails_holds_up_its_own_item_alone(made: Made) -> None:
    def fail(_attributes: dict[str, Any]) -> Any:
        raise ValueError("no country")

    made().commands.publish_sync(PK, SK, attributes=FITTING)
    newest = failing(made, fail)

    with pytest.raises(UpcasterFailed, match="ValueError: no country"):
        newest.commands.publish_partial_update(PK, SK, attributes={"n": 1})
    assert newest.commands.publish_sync(PK, "AIRPORT#KIX", attributes={"n": 1}).changed
    deleted = newest.commands.publish_partial_update_sync(PK, SK, is_deleted=True)

    state = newest.data.get(PK, SK)
    assert deleted.changed
    assert (state.is_deleted, state.attributes, state.schema_version) == (True, FITTING, 1)


def test_a_version_that_no_upcaster_leads_on_from_is_told(made: Made) -> None:
    made().commands.publish_sync(PK, SK, attributes=FITTING)
    newest = made(3, schema={"type": "object"})
    newest.upcaster("AIRPORT", from_version=2)(dict)

    with pytest.raises(UpcasterFailed, match=r"no upcaster leads on .*from_version=1"):
        newest.data.get(PK, SK)


def test_an_execution_whose_upcaster_fails_ends_so(made: Made, settings: Settings) -> None:
    key = made().commands.publish(PK, SK, attributes=FITTING).key
    newest = failing(made, lambda attributes: attributes["country"])
    newest.sync_handler("any")(lambda _: None)
    started = execution_input(key, newest.services.repair.find(key).request_id)
    workflow = newest.services.command_workflow

    with pytest.raises(UpcasterFailed):
        CommandExecution(workflow, settings.resource_prefix, key, started).apply()
    assert UpcasterFailed in PERMANENT_ERRORS  # so its state machine does not try it again
    assert newest.services.repair.find(key).status is CommandStatus.PUBLISHED


def test_a_damaged_version_is_told(application: Application) -> None:
    application.commands.publish_sync(PK, SK, attributes=FITTING)
    item = {**stored(application), "schemaVersion": "two"}
    services = application.services
    services.clients.dynamodb.put_item(
        TableName=services.settings.data_table,
        Item={
            "pk": {"S": PK},
            "sk": {"S": SK},
            "version": {"N": "1"},
            "schemaVersion": {"S": item["schemaVersion"]},
        },
    )

    with pytest.raises(ValidationError, match="its schemaVersion is 'two'"):
        application.data.get(PK, SK)


# Models


class Runway(BaseModel):
    length: float = Field(gt=0)


class Airport(BaseModel):
    model_config = ConfigDict(extra="forbid")

    city: str
    main: Runway | None = None

    @field_validator("city")
    @classmethod
    def _is_capital(cls, city: str) -> str:
        if not city.istitle():
            raise ValueError("it must be written with capitals")
        return city

    @model_validator(mode="after")
    def _has_runway(self) -> Airport:
        if self.city == "Osaka" and self.main is None:
            raise ValueError("Osaka has a runway.")
        return self


MODEL = f"{__name__}:Airport"


def test_a_model_is_checked_by_its_schema(made: Made) -> None:
    commands = made(schema=MODEL).commands

    with pytest.raises(InvalidItem) as refused:
        commands.publish(PK, SK, attributes={"main": {"length": 0}, "x": 1})

    assert refused.value.errors == (
        ("attributes.x", "is unknown; known are city, main"),
        ("attributes.main.length", "is 0; it must be more than 0"),
        ("attributes.city", "is missing"),
    )
    assert commands.publish(PK, SK, attributes={"city": "osaka"}).changed


@pytest.mark.parametrize(
    ("city", "error"),
    [
        ("osaka", ("attributes.city", "is 'osaka'; it must be written with capitals")),
        ("Osaka", ("attributes", "are refused: Osaka has a runway.")),
    ],
)
def test_its_own_validators_are_run_if_they_are_asked_for(
    settings: Settings, clients: MotoClients, city: str, error: tuple[str, str]
) -> None:
    application = Application(settings, clients)
    application.item_type("AIRPORT", MODEL, validators=True)

    with pytest.raises(InvalidItem) as refused:
        application.commands.publish(PK, SK, attributes={"city": city})
    assert refused.value.errors == (error,)

    application.commands.publish_sync(PK, SK, attributes={"city": "Kobe"})
    assert stored(application)["attributes"] == {"city": "Kobe"}


def test_validators_without_pydantic_are_told_with_the_layer(
    settings: Settings, clients: MotoClients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "model_schemas.json").write_text(json.dumps({"models_of_a_test:Airport": SCHEMA}))
    (tmp_path / "models_of_a_test.py").write_text("import pydantic\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(sys.modules, "pydantic", None)
    monkeypatch.setattr(schemas.schema_of, "__defaults__", (tmp_path,))
    application = Application(settings, clients)
    application.item_type("AIRPORT", "models_of_a_test:Airport", validators=True)

    with pytest.raises(ConfigurationError, match="needs pydantic, which the function lacks"):
        application.commands.publish(PK, SK, attributes=FITTING)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no_such_module:Airport", "cannot be imported: No module named 'no_such_module'"),
        (f"{__name__}:Port", "There is no Port in"),
        (f"{__name__}:MODEL", "is not a pydantic model"),
    ],
)
def test_a_model_that_is_not_there_is_told(made: Made, name: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        made(schema=name).commands.publish(PK, SK, attributes=FITTING)


def test_the_package_has_the_schemas_of_models_instead(
    application: Application, tmp_path: Path
) -> None:
    (tmp_path / "model_schemas.json").write_text(json.dumps({"app.models:Airport": SCHEMA}))
    types = ItemTypes()
    application.item_type("CITY", "app.models:City")
    application.item_type("PORT", "app.models:Airport")
    types = application.item_types

    assert schemas.schema_of(types.get("PORT"), tmp_path) == SCHEMA
    assert "pydantic_models_of_nobody" not in sys.modules
    with pytest.raises(ConfigurationError, match=r"no schema of app\.models:City"):
        schemas.schema_of(types.get("CITY"), tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps(SCHEMA), None),
        ("{", "is not JSON"),
        ('{"type": "object", "type": "array"}', "has the key 'type' twice"),
        (None, "cannot be read from"),
        ('{"typ": "object"}', "#/typ is not checked"),
    ],
)
def test_a_schema_may_lie_in_a_file(
    application: Application, tmp_path: Path, content: str | None, told: str | None
) -> None:
    application.item_type("CITY", "app/city.json")
    (tmp_path / "app").mkdir()
    if content is not None:
        (tmp_path / "app" / "city.json").write_text(content)
    city = application.item_types.get("CITY")

    if told is None:
        assert schemas.schema_of(city, tmp_path) == SCHEMA
    else:
        with pytest.raises(ConfigurationError, match="The schema of item type 'CITY'") as refused:
            schemas.schema_of(city, tmp_path)
        assert told in str(refused.value)


# Registration


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("",), "No item type can be called ''"),
        (("READ_MODEL_X",), "does not begin with READ_MODEL_"),
        (("AIRPORT", Airport), f'"{__name__}:Airport"'),
        (("AIRPORT", "Airport"), 'as in "app.models:Airport"'),
        (("AIRPORT", 3), "Give the name of a "),
    ],
)
def test_a_type_that_cannot_be_is_refused(arguments: tuple[Any, ...], told: str) -> None:
    name, schema = (*arguments, SCHEMA)[:2]

    with pytest.raises(ConfigurationError) as refused:
        Application().item_type(name, schema)
    assert told in str(refused.value)


def test_what_is_registered_must_go_together() -> None:
    application = Application()
    application.item_type("AIRPORT", SCHEMA, version=3)
    application.item_type("CITY", SCHEMA, version=2)
    for name, version in (("AIRPORT", 1), ("AIRPORT", 3), ("NOTE", 1)):
        application.upcaster(name, from_version=version)(dict)

    assert application.item_types.problems() == [
        "An upcaster of 'AIRPORT' leads from version 3 to 4, and the newest version of its schema "
        "is 3.",
        "An upcaster of 'NOTE' leads from version 1 to 2, and no such item type is registered.",
        "Item type 'AIRPORT' has version 3, and no upcaster from 2.",
        "Item type 'CITY' has version 2, and no upcaster from 1.",
    ]


def test_what_is_registered_twice_or_cannot_be_is_refused(application: Application) -> None:
    with pytest.raises(ConfigurationError, match="'AIRPORT' has two schemas"):
        application.item_type("AIRPORT", SCHEMA)
    with pytest.raises(ConfigurationError, match="version of item type 'CITY' is 0"):
        application.item_type("CITY", SCHEMA, version=0)
    with pytest.raises(ConfigurationError, match="has no validators"):
        application.item_type("CITY", SCHEMA, validators=True)
    application.upcaster("AIRPORT", from_version=1)(dict)
    with pytest.raises(ConfigurationError, match="two upcasters from version 1"):
        application.upcaster("AIRPORT", from_version=1)(dict)
    with pytest.raises(ConfigurationError, match="from_version"):
        application.upcaster("AIRPORT", from_version=0)(dict)
    with pytest.raises(ConfigurationError, match="without its type of item"):
        application.upcaster(lambda attributes: attributes, from_version=1)  # type: ignore[arg-type]


def test_types_are_listed_with_their_schemas(application: Application) -> None:
    application.item_type("CITY", MODEL, version=2, validators=True)
    application.upcaster("CITY", from_version=1)(dict)

    listed = application.handle(direct_event("list_item_types"))["result"]

    assert [(each["name"], each["version"], each["has_validators"]) for each in listed] == [
        ("AIRPORT", 1, False),
        ("CITY", 2, True),
    ]
    assert listed[0]["schema"] == SCHEMA
    assert listed[1]["schema"]["required"] == ["city"]
    assert application.item_types.schema_of("CITY") == listed[1]["schema"]
    with pytest.raises(NotFoundError, match="no item type 'NOTE'"):
        application.item_types.schema_of("NOTE")


# A process that does not know the application


class AskedFunction:
    """Lambda, whose function is an application in this process."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.asked: list[str] = []
        self.fault: str | None = None
        self.replaced: list[tuple[str, str]] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        event = json.loads(request["Payload"])
        self.asked.append(event["action"])
        if self.replaced:
            kind, told = self.replaced.pop(0)
            body = json.dumps({"errorType": kind, "errorMessage": told})
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(body.encode())}
        if self.fault is not None:
            body = json.dumps({"errorType": "ValueError", "errorMessage": self.fault})
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(body.encode())}
        answer = json.dumps(self.application.handle(event))
        return {"Payload": io.BytesIO(answer.encode())}


@pytest.fixture
def function(application: Application, clients: MotoClients) -> Iterator[AskedFunction]:
    asked = AskedFunction(application)
    clients.__dict__["lambda_"] = asked
    return asked


@pytest.fixture
def stranger(settings: Settings, clients: MotoClients) -> Services:
    return Services(settings, clients)


def test_a_stranger_asks_the_function_once_and_checks_by_itself(
    function: AskedFunction, stranger: Services, requests: Requests
) -> None:
    for _ in range(2):
        with pytest.raises(InvalidItem) as refused:
            stranger.commands.publish(PK, SK, attributes=MISFIT)
        assert refused.value.errors == ERRORS
    assert written(requests) == []
    assert stranger.commands.publish(PK, SK, attributes=FITTING).changed
    assert function.asked == ["list_item_types"]


def test_a_stranger_lets_the_function_run_validators(
    function: AskedFunction, stranger: Services
) -> None:
    function.application.item_type("CITY", MODEL, validators=True)

    with pytest.raises(InvalidItem) as refused:
        stranger.commands.publish("CITY#acme", "CITY#1", attributes={"city": "osaka"})

    assert refused.value.errors == (
        ("attributes.city", "is 'osaka'; it must be written with capitals"),
    )
    assert stranger.commands.publish("CITY#acme", "CITY#1", attributes={"city": "Kobe"}).changed
    assert function.asked == ["list_item_types", "check_item", "check_item"]


def test_a_stranger_refuses_unknown_types_as_the_setting_says(
    function: AskedFunction, settings: Settings, clients: MotoClients
) -> None:
    refusing = Services(replace(settings, unknown_item_types="refuse"), clients)

    with pytest.raises(ValidationError, match="of the type NOTE"):
        refusing.commands.publish("NOTE#acme", "NOTE#1")
    assert function.asked == ["list_item_types"]


def test_a_stranger_reads_what_is_stored_and_does_not_merge_it(
    made: Made, clients: MotoClients, stranger: Services
) -> None:
    made().commands.publish_sync(PK, SK, attributes=FITTING)
    clients.__dict__["lambda_"] = AskedFunction(upcasting(made))

    read = stranger.data.get(PK, SK)
    assert (read.attributes, read.schema_version) == (FITTING, 1)
    with pytest.raises(ConfigurationError, match="does not know the application's upcasters"):
        stranger.commands.publish_partial_update(PK, SK, attributes={"city": "Jamaica"})
    whole = stranger.commands.publish(PK, SK, attributes={"country": "USA"})
    assert stranger.commands.get(whole.key).content.schema_version == 2


def test_a_function_of_an_earlier_release_has_no_types(
    function: AskedFunction, stranger: Services
) -> None:
    function.application._actions._actions.pop("list_item_types")

    assert stranger.commands.publish(PK, SK, attributes=MISFIT).changed


GONE = "[Errno 2] No such file or directory: '/tmp/ministack-lambda-local-cqrs-main-1/code'"

WHILE_REPLACED = [
    ("RuntimeError", "Worker process exited immediately. stderr: "),
    ("RuntimeError", "Worker init failed: No module named 'handler'"),
    ("FileNotFoundError", GONE),
    ("Runtime.HandlerError", "'NoneType' object has no attribute 'stdin'"),
    ("Runtime.HandlerError", "Worker process died"),
]
"""MiniStack answered so while a save went live beside publishers."""


def test_a_function_whose_code_is_being_replaced_is_asked_again(
    function: AskedFunction, stranger: Services
) -> None:
    function.replaced = [*WHILE_REPLACED]

    assert stranger.commands.publish(PK, SK, attributes=FITTING).changed
    assert function.asked == ["list_item_types"] * (len(WHILE_REPLACED) + 1)


def test_code_that_cannot_be_run_is_told_after_a_while(
    function: AskedFunction, stranger: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cqrs.item_types.asked_types.REPLACED_WITHIN_SECONDS", 0.0)
    function.replaced = [WHILE_REPLACED[1]] * 9

    with pytest.raises(ConfigurationError, match=r"No module named 'handler'.*`cqrs logs`"):
        stranger.commands.publish(PK, SK)
    assert function.asked == ["list_item_types"]


def test_a_function_that_cannot_be_asked_is_told(
    function: AskedFunction, settings: Settings, clients: MotoClients
) -> None:
    function.fault = "boom"
    with pytest.raises(ConfigurationError, match="ValueError: boom"):
        Services(settings, clients).commands.publish(PK, SK)

    del clients.__dict__["lambda_"]
    with pytest.raises(ConfigurationError, match=r"Allow lambda:InvokeFunction.*ItemTypes\(\)"):
        Services(settings, clients).commands.publish(PK, SK)
    none = Services(settings, clients, item_types=ItemTypes())
    assert none.commands.publish(PK, SK, attributes=MISFIT).changed


def test_models_are_left_out_of_an_applications_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "application_with_models"
    (folder / "inner").mkdir(parents=True)
    for name in ("__init__", "handlers", "models", "inner/__init__", "inner/models"):
        (folder / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))

    Application().import_modules(folder.name, leave_out=("models", "inner.models"))

    imported = {name.removeprefix(folder.name) for name in sys.modules if folder.name in name}
    assert imported == {"", ".handlers", ".inner"}
