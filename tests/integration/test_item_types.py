"""Typed items on the deployed stack: each door, and two deployments one after the other."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cqrs.core.keys import CommandKey
from cqrs.errors import InvalidItem, ValidationError
from cqrs.imports.models import ImportStatus
from cqrs.resources import MODEL_SCHEMAS
from cqrs.services import Services
from tests.integration.command_line import CommandLine
from tests.integration.deployed import Deployed, wait_for
from tests.integration.overlay import package_of, with_modules

RELEASES = Path(__file__).with_name("item_types")
MISFIT = {"seats": 0, "doors": ["A1", "b"], "colour": "red"}
ERRORS = [
    {"path": "attributes.seats", "message": "is 0; it must be 1 or more"},
    {
        "path": "attributes.doors[1]",
        "message": "is 'b'; it must match the pattern ^[A-Z][0-9]+$",
    },
    {"path": "attributes.colour", "message": "is unknown; known are seats, doors"},
]
ROWS = "code,seats\nA1,120\nA2,0\nA3,80\n"


@contextmanager
def release(deployed: Deployed, name: str) -> Iterator[None]:
    """Deploy a release of the gates' module."""
    with with_modules(deployed, [RELEASES / name / "gates.py"]):
        yield


@pytest.fixture
def gates(tenant: str) -> str:
    return f"GATE#{tenant}"


@pytest.fixture
def elsewhere(deployed: Deployed) -> Services:
    """The services in a process that does not know the application."""
    return Services(deployed.services.settings, deployed.services.clients)


@pytest.fixture
def cqrs(deployed: Deployed) -> CommandLine:
    return CommandLine(deployed.endpoint)


def ask(deployed: Deployed, action: str, **payload: Any) -> dict[str, Any]:
    event = {"source": "direct", "action": action, "payload": payload}
    answer, fault = deployed.invoke(event)
    assert fault is None, answer
    made: dict[str, Any] = answer
    return made


def nothing_is_written(deployed: Deployed, key: CommandKey) -> bool:
    return deployed.services.commands.get(key) is None and not deployed.stored_command(key)


def test_no_door_takes_what_does_not_fit(
    deployed: Deployed, elsewhere: Services, cqrs: CommandLine, gates: str
):
    first = CommandKey(gates, "GATE#A1", 1)
    with release(deployed, "first"):
        for action in ("publish", "publish_sync"):
            answer = ask(deployed, action, pk=gates, sk="GATE#A1", attributes=MISFIT)
            assert (answer["error"], answer["errors"]) == ("InvalidItem", ERRORS)
        with pytest.raises(InvalidItem) as refused:
            elsewhere.commands.publish(gates, "GATE#A1", attributes=MISFIT)
        assert [{"path": path, "message": text} for path, text in refused.value.errors] == ERRORS
        for sync in ((), ("--sync",)):
            attributes = '{"seats": 0, "doors": ["A1", "b"], "colour": "red"}'
            ended = cqrs.run("publish", gates, "GATE#A1", "--attributes", attributes, *sync)
            assert ended.returncode == 1
            told = " ".join((ended.stdout + ended.stderr).split())
            assert all(f"{error['path']} {error['message']}." in told for error in ERRORS)
        assert nothing_is_written(deployed, first)

        published = cqrs.json("publish", gates, "GATE#A1", "--attributes", '{"seats": 3}', "--wait")
        assert (published["version"], published["status"]) == (1, "FINISHED")
        answer = ask(
            deployed, "publish_partial_update", pk=gates, sk="GATE#A1", attributes={"doors": ["x"]}
        )
        assert answer["errors"][0]["path"] == "attributes.doors[0]"
        assert nothing_is_written(deployed, CommandKey(gates, "GATE#A1", 2))


LAYER = ("annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection")
"""The packages and modules that pydantic consists of."""


def layer_with_pydantic() -> bytes:
    """A layer that has pydantic as it is installed here, and the model of ferries."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as layer:
        for name in LAYER:
            source = find_spec(name)
            assert source is not None
            assert source.origin is not None
            origin = Path(source.origin)
            files = origin.parent.rglob("*") if origin.name == "__init__.py" else [origin]
            root = origin.parents[1] if origin.name == "__init__.py" else origin.parent
            for file in files:
                if file.suffix in {".py", ".so"}:
                    layer.write(file, f"python/{file.relative_to(root)}")
        layer.write(RELEASES / "validated" / "ferry_models.py", "python/ferry_models.py")
    return made.getvalue()


@contextmanager
def with_layer(deployed: Deployed, content: bytes) -> Iterator[None]:
    """Run the deployed function with a layer."""
    client = deployed.services.clients.lambda_
    function = {"FunctionName": deployed.services.settings.function_name}
    layer = client.publish_layer_version(LayerName="pydantic", Content={"ZipFile": content})
    before = client.get_function_configuration(**function).get("Layers", [])

    def use(layers: list[str]) -> None:
        client.update_function_configuration(**function, Layers=layers)
        deployed.wait_until_replaced()

    use([layer["LayerVersionArn"]])
    try:
        yield
    finally:
        use([one["Arn"] for one in before])


def test_a_layer_with_pydantic_lets_a_models_validators_run(deployed: Deployed, tenant: str):
    with zipfile.ZipFile(io.BytesIO(package_of(deployed))) as package:
        schemas = json.loads(package.read(MODEL_SCHEMAS))
    schemas["ferry_models:Ferry"] = {
        "type": "object",
        "properties": {"cars": {"type": "integer"}, "people": {"type": "integer"}},
        "required": ["cars", "people"],
    }
    files = {MODEL_SCHEMAS: json.dumps(schemas).encode()}
    modules = [RELEASES / "validated" / "ferries.py"]
    ferry = {"pk": f"FERRY#{tenant}", "sk": "FERRY#1"}
    with with_modules(deployed, modules, files), with_layer(deployed, layer_with_pydantic()):
        answer = ask(deployed, "publish", **ferry, attributes={"cars": 3, "people": 2})
        (error,) = answer["errors"]
        assert "somebody has to drive each car" in error["message"]
        answer = ask(deployed, "publish", **ferry, attributes={"cars": "3", "people": 2})
        assert answer["errors"][0]["path"] == "attributes.cars"
        assert nothing_is_written(deployed, CommandKey(ferry["pk"], ferry["sk"], 1))
        answer = ask(deployed, "publish", **ferry, attributes={"cars": 3, "people": 3})
        assert deployed.stored_command(CommandKey(ferry["pk"], ferry["sk"], 1)), answer


def test_the_packages_own_schema_of_a_model_is_checked(
    deployed: Deployed, pk: str, elsewhere: Services
):
    attributes = {"country": "Japan", "latitude": 95}
    expected = ("attributes.latitude", "is 95; it must be 90 or less")

    answer = ask(deployed, "publish", pk=pk, sk="AIRPORT#KIX", attributes=attributes)
    with pytest.raises(InvalidItem) as refused:
        elsewhere.commands.publish(pk, "AIRPORT#KIX", attributes=attributes)

    assert answer["errors"] == [dict(zip(("path", "message"), expected, strict=True))]
    assert refused.value.errors == (expected,)
    assert nothing_is_written(deployed, CommandKey(pk, "AIRPORT#KIX", 1))


def test_rows_that_do_not_fit_are_rejected(
    deployed: Deployed, cqrs: CommandLine, gates: str, tenant: str, tmp_path: Path
):
    file, errors = tmp_path / "gates.csv", tmp_path / "errors.csv"
    file.write_text(ROWS)
    with release(deployed, "first"):
        for mode in ("STEP_FUNCTION", "DIRECT"):
            ended = cqrs.json(
                "import", str(file), "--target", "gates", "--tenant", f"{tenant}-{mode}",
                "--mode", mode, "--watch", code=1,
            )  # fmt: skip
            assert ended.get("status") == ImportStatus.COMPLETED_WITH_ERRORS, ended
            assert (ended["succeeded"], ended["failed"]) == (2, 1)
            assert cqrs.run("import", "errors", ended["id"], "-o", str(errors)).returncode == 0
            assert "attributes.seats is 0; it must be 1 or more." in errors.read_text()
            pk = f"{gates}-{mode}"
            found = {item.key.sk for item in deployed.services.data.list_all(pk)}
            assert found == {"GATE#A1", "GATE#A3"}
            assert nothing_is_written(deployed, CommandKey(pk, "GATE#A2", 1))
            errors.unlink()


def test_the_next_release_reads_what_the_one_before_has_stored(
    deployed: Deployed, elsewhere: Services, gates: str
):
    with release(deployed, "first"):
        for sk, seats in (("GATE#A1", 120), ("GATE#A2", 13)):
            ask(deployed, "publish_sync", pk=gates, sk=sk, attributes={"seats": seats})

    with release(deployed, "next"):
        read = ask(deployed, "get_data", pk=gates, sk="GATE#A1")["result"]
        assert (read["attributes"], read["schema_version"]) == (
            {"places": 120, "terminal": "T1"},
            2,
        )
        assert elsewhere.data.get(gates, "GATE#A1").attributes == {"seats": 120}
        listed = ask(deployed, "list_data", pk=gates)["result"]
        assert [item["sk"] for item in listed["items"]] == ["GATE#A1"]
        assert "a gate of 13 seats" in listed["damaged"][0]["problem"]

        change = {"attributes": {"terminal": "T2"}}
        answer = ask(deployed, "publish_partial_update", pk=gates, sk="GATE#A2", **change)
        assert answer["error"] == "UpcasterFailed"
        answer = ask(deployed, "publish_partial_update", pk=gates, sk="GATE#A1", **change)
        deployed.end_of(CommandKey(gates, "GATE#A1", 2))
        state = deployed.services.data.get(gates, "GATE#A1")
        assert (state.attributes, state.schema_version) == ({"places": 120, "terminal": "T2"}, 2)
        earlier = ask(deployed, "get_history", pk=gates, sk="GATE#A1", version=1)["result"]
        assert earlier["attributes"] == {"places": 120, "terminal": "T1"}

    with release(deployed, "first"):
        read = ask(deployed, "get_data", pk=gates, sk="GATE#A1")["result"]
        assert read["attributes"] == state.attributes
        answer = ask(deployed, "publish", pk=gates, sk="GATE#A1", attributes={"seats": 1})
        assert "a newer release wrote it" in answer["cause"]
        with pytest.raises(ValidationError, match="a newer release wrote it"):
            Services(elsewhere.settings, elsewhere.clients).commands.publish(
                gates, "GATE#A1", attributes={"seats": 1}
            )
    assert nothing_is_written(deployed, CommandKey(gates, "GATE#A1", 3))


def test_sync_handlers_see_the_newest_version(deployed: Deployed, gates: str, tenant: str):
    with release(deployed, "next"):
        # As the release before has published it, and this one comes to apply it.
        key = deployed.services.commands.publish(gates, "GATE#A1", attributes={"seats": 5}).key
        assert deployed.end_of(key).status == "FINISHED"
        seen = wait_for(
            lambda: deployed.services.data.get(f"GATE_SEEN#{tenant}", "GATE#A1"), "what was seen"
        )

    assert seen.attributes == {"places": 5, "terminal": "T1"}
    assert deployed.services.data.get(gates, "GATE#A1").attributes == {"seats": 5}
