"""``cqrs new`` in a copy of the folders that it writes to: what it writes is right at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.scaffolding.names import LONGEST
from tooling.paths import ROOT
from tooling.prose.__main__ import check

COPIED = ("cli", "lambda_src", "stacks", "environments", "tests/app")
FILES = ("pyproject.toml", "tests/__init__.py")
PROJECTS_OWN = ("tooling", "tests/unit", "tests/conftest.py", "docs")
OF_SAMPLE = (
    "tests/unit/test_api_openapi.py::test_the_examples_name_what_the_sample_has",
    "tests/unit/test_api_openapi.py::test_every_example_fits_its_schema",
    "tests/unit/test_handler.py",
    "tests/unit/test_metrics.py",
)
"""Tests in which the sample is looked at as a whole."""

LONG = ("long-" * LONGEST)[: LONGEST - 1]
OTHERS = r"""{"country": "Japan", "runways": [1.50, true, {"\"": "\u00e9"}, null]}"""
PARTS = (
    ("type", "g8"),
    ("type", f"{LONG}t"),
    ("read-model", "g8s_by_v"),
    ("read-model", f"{LONG}r", "--item-type", LONG, "--by", LONG),
    (
        "read-model",
        "AirportsByCity",
        "--attributes",
        '{"country": "Japan", "r": [1.50, true, {"\\"": "\\u00e9"}]}',
    ),
    ("task", "t8"),
    ("task", f"{LONG}k"),
    ("import", "i8s"),
    ("import", f"{LONG}i"),
    ("workflow", "w8"),
    ("workflow", f"{LONG}w"),
    ("queue", "q8"),
    ("queue", f"{LONG}q"),
    ("environment", "qa"),
    ("environment", "blue-green", "--account-id", "222222222222"),
)
"""The shortest names and the longest, of which lines of code get as long as they may."""

ALL = """
import json, sys
from cli.command_line import run_and_write_out
for arguments in json.loads(sys.argv[1]):
    print(run_and_write_out(["--json-lines", "new", *arguments]), flush=True)
"""
NOT_INHERITED = ("AWS_", "CQRS_", "PYTEST_")
ONE = "from cli.main import main; main()"


class Copy:
    """A copy of the folders that ``cqrs new`` writes to, and of the command itself."""

    def __init__(self, folder: Path, of: Path = ROOT) -> None:
        self.folder = folder
        for name in COPIED:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(of / name, folder / name, ignore=ignored)
        for name in FILES:
            shutil.copy(of / name, folder / name)
        self.begun = self.files()

    def files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): path.read_text(encoding="utf-8")
            for name in ("lambda_src/app", "stacks/app", "environments", "tests/app")
            for path in (self.folder / name).rglob("*")
            if path.suffix in {".py", ".toml"}
        }

    def changed(self) -> set[str]:
        return {path for path, text in self.files().items() if self.begun.get(path) != text}

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "AWS_", "CQRS_"))
        }
        sources = [self.folder, self.folder / "lambda_src"]
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": os.pathsep.join(map(str, sources))},
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
        )

    def new(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.python("-c", ONE, "new", *arguments)

    def succeed(self, *arguments: str) -> str:
        ended = self.python(*arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("written"))
    lines = copy.succeed("-c", ALL, json.dumps(PARTS)).splitlines()
    documents, codes = [json.loads(line) for line in lines[::2]], lines[1::2]
    assert codes == ["0"] * len(PARTS), lines
    assert {file["path"] for one in documents for file in one["files"]} == copy.changed()
    return copy


def test_the_tests_that_are_written_pass(written: Copy):
    tests = sorted(path for path in written.changed() if path.startswith("tests/"))
    assert len(tests) == len(PARTS)

    written.succeed("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_the_projects_tests_of_the_sample_hold_with_more_parts(
    written: Copy, tmp_path_factory: pytest.TempPathFactory
):
    """``make check`` runs them in the clone of a team, beside what the team has added."""
    copy = Copy(tmp_path_factory.mktemp("with-more"), written.folder)
    for name in PROJECTS_OWN:
        whole = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        whole(ROOT / name, copy.folder / name)

    copy.succeed("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not moto", *OF_SAMPLE)


def test_what_is_written_is_in_the_house_style(written: Copy):
    python = [path for path in written.changed() if path.endswith(".py")]

    written.succeed("-m", "ruff", "check", "--no-cache", *python)
    written.succeed("-m", "ruff", "format", "--no-cache", "--check", *python)
    assert list(check(written.folder / path for path in written.changed())) == []
    code = [path for path in python if not path.startswith("tests/")]
    written.succeed("-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache" / "new"), *code)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("untouched"))


REFUSED = (
    (["type", "airport"], 1, "has something called Airport already"),
    (["task", "RouteDistances"], 1, "lambda_src/app/route_distances.py is there already"),
    (["environment", "prod"], 1, "environments/prod.toml is there already"),
    (["environment", "common"], 2, "has what all environments share"),
    (["environment", "qa", "--account-id", "1"], 2, "must be 12 digits"),
    (["queue", "healer"], 1, "Two resources are called 'healer'"),
    (["workflow", "task-handler"], 1, "'task-handler' has two workflow classes"),
    (["workflow", "buckets"], 1, "as another part of the stack is"),
    (["read-model", "books"], 2, "give a name such as books_by_author"),
    (["read-model", "a_by_b", "--by", "no#"], 2, "--by is 'no#'"),
    (["read-model", "a_by_b", "--attributes", "[]"], 2, "--attributes is not a JSON object"),
    (["task", "../../etc"], 2, "Give letters from A to Z"),
    (["tasks", "a"], 2, "Did you mean 'task'?"),
)


def test_a_name_that_cannot_be_has_written_nothing(untouched: Copy):
    told = [
        json.loads(line)
        for line in untouched.succeed(
            "-c", ALL, json.dumps([arguments for arguments, _, _ in REFUSED])
        ).splitlines()
    ]

    documents, codes = told[::2], told[1::2]
    assert codes == [code for _, code, _ in REFUSED]
    for document, (_, _, says) in zip(documents, REFUSED, strict=True):
        assert says in document["message"]
    assert untouched.changed() == set()


def test_a_dry_run_shows_what_it_would_write(untouched: Copy):
    ended = untouched.new("workflow", "refunds", "--dry-run")

    assert ended.returncode == 0, ended.stderr
    assert "new      lambda_src/app/refunds.py" in ended.stdout
    assert '+    "refunds",' in ended.stdout
    assert "Nothing was written" in ended.stdout
    assert untouched.changed() == set()


def test_a_name_that_another_module_has_taken_is_told(copy: Copy):
    tasks = copy.folder / "lambda_src" / "app" / "tasks.py"
    tasks.write_text("from app.registry import application\n\napplication.task('refunds')(print)\n")

    ended = copy.new("task", "refunds")

    assert ended.returncode == 1
    assert "refuse it, so nothing was written" in ended.stderr
    assert "'refunds'" in ended.stderr


def test_an_application_that_is_broken_is_told_with_the_place(copy: Copy):
    (copy.folder / "lambda_src" / "app" / "broken.py").write_text("\nimport nothing_so_called\n")

    ended = copy.new("task", "refunds")

    assert ended.returncode == 1
    assert "lambda_src/app/broken.py, line 2: ModuleNotFoundError" in ended.stderr
    assert copy.changed() == {"lambda_src/app/broken.py"}


def test_a_type_is_the_first_of_an_application(copy: Copy):
    for name in ("models", "item_types"):
        (copy.folder / "lambda_src" / "app" / f"{name}.py").unlink()

    ended = copy.new("type", "Gate")

    assert ended.returncode == 0
    copy.succeed("-m", "ruff", "check", "--no-cache", "lambda_src/app")
    copy.succeed(
        "-c", "import app; assert 'GATE' in [one.name for one in app.application.item_types]"
    )
    assert "  .venv/bin/python -m pytest tests/app/test_gate_type.py\n" in ended.stdout
