"""The schemas of models in the function's package, and what its composition refuses."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cqrs.resources import MODEL_SCHEMAS
from stacks.function.errors import PackageError
from stacks.function.package import compose, write_package
from stacks.function.schemas import model_schemas

REGISTRY = "from cqrs import Application\napplication = Application()\n"
AIRPORT = 'application.item_type("AIRPORT", "app.models:Airport")\n'
MODEL = "from pydantic import BaseModel\nclass Airport(BaseModel):\n    city: str\n"

REFUSED_WITHOUT_PYDANTIC = """
import os, sys
os.environ.update(POWERTOOLS_SERVICE_NAME="test")
from types import SimpleNamespace
from app import application
from cqrs.core.keys import ItemKey
from cqrs.item_types.known_types import KnownTypes
known = KnownTypes(application.item_types, SimpleNamespace(are_unknown_types_refused=False))
try:
    known.check(ItemKey("AIRPORT#acme", "AIRPORT#KIX"), {"latitude": "x"})
except Exception as error:
    print(type(error).__name__, error.errors)
print({"pydantic", "app.models"} & set(sys.modules))
"""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A folder with an application that has a model."""
    package = tmp_path / "app"
    package.mkdir()
    (package / "__init__.py").write_text(REGISTRY + AIRPORT)
    (package / "models.py").write_text(MODEL)
    return tmp_path


def rewritten(folder: Path, text: str) -> Path:
    (folder / "app" / "__init__.py").write_text(text)
    return folder


def test_the_package_holds_the_schemas_of_all_models() -> None:
    with zipfile.ZipFile(io.BytesIO(compose())) as archive:
        schemas = json.loads(archive.read(MODEL_SCHEMAS))

    assert schemas["app.models:Airport"]["properties"]["country"]["description"]


def test_the_function_refuses_a_misfit_without_pydantic(tmp_path: Path, lambda_runtime: Path):
    package = write_package(tmp_path / "function.zip")
    folder = tmp_path / "var" / "task"
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    paths = [str(folder), str(lambda_runtime)]

    run = subprocess.run(
        [sys.executable, "-S", "-E", "-c", f"import sys; sys.path[:0] = {paths}\n"
         f"{REFUSED_WITHOUT_PYDANTIC}"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert (run.stderr, run.stdout) == (
        "",
        "InvalidItem (('attributes.latitude', \"is 'x'; it must be a number or null\"),)\nset()\n",
    )


def test_equal_models_make_equal_bytes(application: Path) -> None:
    assert model_schemas(application) == model_schemas(application)
    assert json.loads(model_schemas(application))["app.models:Airport"]["required"] == ["city"]


def test_what_the_application_writes_is_no_part_of_them(application: Path) -> None:
    rewritten(application, f"print('hello')\n{REGISTRY}{AIRPORT}")

    assert json.loads(model_schemas(application)).keys() == {"app.models:Airport"}


def test_without_models_there_is_no_file(application: Path) -> None:
    rewritten(application, REGISTRY + 'application.item_type("NOTE", {"type": "object"})\n')

    assert model_schemas(application) == b""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            REGISTRY + 'application.item_type("NOTE", {"properties": {"n": {"typ": 1}}})\n',
            "The schema of item type 'NOTE' cannot be used: #/properties/n/typ is not checked.",
        ),
        (
            REGISTRY + 'application.item_type("NOTE", "app/note.json")\n',
            "The schema of item type 'NOTE' cannot be read from",
        ),
        (
            REGISTRY + AIRPORT.replace("Airport", "Port"),
            "There is no Port in app.models",
        ),
        (
            REGISTRY + AIRPORT + "import app.models\n",
            "app.models:Airport would be imported when the function starts",
        ),
        (
            REGISTRY + AIRPORT + 'application.upcaster("AIRPORT", from_version=1)(dict)\n',
            "An upcaster of 'AIRPORT' leads from version 1 to 2",
        ),
        (
            REGISTRY + AIRPORT.replace(")\n", ", version=2)\n"),
            "Item type 'AIRPORT' has version 2, and no upcaster from 1.",
        ),
        (
            REGISTRY + "import no_such_module\n",
            "The application cannot be imported: ModuleNotFoundError: No module named",
        ),
        ("import sys; sys.exit(0)\n", "The application cannot be imported: SystemExit: 0"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    application: Path, text: str, told: str
) -> None:
    with pytest.raises(PackageError) as refused:
        model_schemas(rewritten(application, text))

    assert told in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_model_without_a_schema_is_refused(application: Path) -> None:
    model = MODEL.replace("city: str", "city: Callable[[], int]")
    text = f"from collections.abc import Callable\n{model}"
    (application / "app" / "models.py").write_text(text)

    with pytest.raises(PackageError, match=r"app\.models:Airport makes no JSON Schema"):
        model_schemas(application)
