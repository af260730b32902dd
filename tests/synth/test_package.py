"""The function's deployment package."""

from __future__ import annotations

import base64
import hashlib
import io
import marshal
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from main import main
from stacks.environment.file import load
from stacks.environment_files import names
from stacks.function import compiler, interpreter
from stacks.function.byte_code import byte_code
from stacks.function.errors import PackageError
from stacks.function.interpreter import find_interpreter
from stacks.function.package import (
    HEADER_LENGTH,
    compose,
    source_code_hash,
    write_package,
    write_package_for,
)
from stacks.function.runtime import MAGIC_NUMBER, PYTHON, TASK_ROOT
from tests.synth.conftest import Synthesis

HERE = Path(sys.executable)
LARGEST_SOURCES = 4_000_000
LARGEST_PACKAGE = 11_200_000
"""A new process of the function begins with the download of the package."""

PROBE = """
import sys
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import BatchProcessor
import simplejson
import ulid
import cqrs.settings
bundled = {"aws_lambda_powertools", "cqrs", "simplejson", "typing_extensions", "ulid"}
print({name for name in bundled if not sys.modules[name].__file__.startswith(sys.argv[1])})
"""


@pytest.fixture(scope="module")
def entries() -> list[zipfile.ZipInfo]:
    """Entries of the package."""
    with zipfile.ZipFile(io.BytesIO(compose())) as archive:
        return archive.infolist()


@pytest.fixture(scope="module")
def compiled() -> bytes:
    """The package with byte code, made by the Python that runs the tests."""
    return compose(HERE)


def entries_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_entries_do_not_depend_on_the_machine(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]

    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {Path(name).suffix or Path(name).name for name in names} == {
        ".json",
        ".py",
        "METADATA",
    }


def test_package_holds_the_runtime_and_its_dependencies(entries: list[zipfile.ZipInfo]) -> None:
    roots = {entry.filename.split("/")[0] for entry in entries}

    assert {"cqrs", "aws_lambda_powertools", "simplejson", "ulid"} <= roots
    assert roots & {"aws_xray_sdk", "boto3", "botocore", "stacks", "cdktf", "pydantic"} == set()


def test_what_the_function_never_does_stays_out(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}

    assert "cqrs/application.py" in names
    others = ("cqrs/testing", "cqrs/erasure", "cqrs/exports")
    assert [name for name in names if name.startswith(others)] == []


def test_equal_sources_give_equal_bytes(tmp_path: Path) -> None:
    first, second = write_package(tmp_path / "a.zip"), write_package(tmp_path / "b.zip")

    assert first.read_bytes() == second.read_bytes()
    assert source_code_hash(first) == source_code_hash(second)


def test_package_runs_beside_the_lambda_runtime_alone(tmp_path: Path, lambda_runtime: Path) -> None:
    package = write_package(tmp_path / "function.zip")
    script = f"import sys; sys.path[:0] = [{str(package)!r}, {str(lambda_runtime)!r}]\n{PROBE}"

    run = subprocess.run(
        [sys.executable, "-S", "-E", "-c", script, str(package)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.stderr, run.stdout) == ("", "set()\n")


class TestByteCode:
    """Of the package for AWS."""

    def test_it_stands_beside_each_source(self, compiled: bytes) -> None:
        sources, names = entries_of(compose()), entries_of(compiled)
        cached = {cache_from_source(name) for name in sources if name.endswith(".py")}

        assert names.keys() == sources.keys() | cached
        assert {name: names[name] for name in sources} == sources

    def test_the_package_stays_small(self, compiled: bytes) -> None:
        assert len(compose()) < LARGEST_SOURCES
        assert len(compiled) < LARGEST_PACKAGE

    @pytest.mark.parametrize("seed", ["1", "2"])
    def test_neither_place_nor_variables_change_a_byte(
        self, compiled: bytes, seed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        monkeypatch.setenv("PYTHONOPTIMIZE", "2")
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))

        assert compose(HERE) == compiled

    def test_the_process_that_compiles_leaves_no_trace(self, compiled: bytes) -> None:
        """Other modules and strings than in that one are alive here."""
        entries = entries_of(compiled)
        differing = {
            name
            for name, source in entries.items()
            if name.endswith(".py")
            and compiler.byte_code(source, f"{TASK_ROOT}/{name}")
            != entries[cache_from_source(name)]
        }

        assert differing == set()

    def test_tracebacks_name_the_place_on_lambda(self, compiled: bytes) -> None:
        code = entries_of(compiled)[cache_from_source("cqrs/settings.py")][HEADER_LENGTH:]

        assert marshal.loads(code).co_filename == "/var/task/cqrs/settings.py"  # noqa: S302

    def test_python_takes_it_without_a_look_at_the_sources(
        self, compiled: bytes, lambda_runtime: Path, tmp_path: Path
    ) -> None:
        package = tmp_path / "task"
        for name, content in entries_of(compiled).items():
            file = package / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"raise SystemExit(__file__)" if name.endswith(".py") else content)
        paths = [str(package), str(lambda_runtime)]

        run = subprocess.run(
            [
                sys.executable,
                "-S",
                "-E",
                "-B",
                "-c",
                f"import sys; sys.path[:0] = {paths}; import handler",
            ],
            env={"POWERTOOLS_SERVICE_NAME": "test"},
            capture_output=True,
            text=True,
            check=False,
        )

        assert (run.returncode, run.stderr) == (0, "")

    def test_what_is_no_python_is_refused_with_its_place(self) -> None:
        sources = io.BytesIO()
        with zipfile.ZipFile(sources, "w") as archive:
            archive.writestr("app/ships.py", "harbour = 1\nship = = 2\n")

        with pytest.raises(PackageError) as refused:
            byte_code(sources.getvalue(), HERE)

        assert str(refused.value) == (
            "app/ships.py cannot be compiled: invalid syntax (ships.py, line 2)."
        )


class TestHash:
    """By which Terraform tells whether the function has a package."""

    def written(self, folder: Path, entries: dict[str, bytes]) -> Path:
        folder.mkdir()
        with zipfile.ZipFile(folder / "function.zip", "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        return folder / "function.zip"

    def test_of_sources_it_is_the_one_that_lambda_tells(self, tmp_path: Path) -> None:
        package = write_package(tmp_path / "function.zip")

        told = base64.b64encode(hashlib.sha256(package.read_bytes()).digest()).decode()
        assert source_code_hash(package) == told

    def test_another_release_of_python_changes_nothing_that_terraform_compares(
        self, synthesise: Callable[..., Synthesis], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entries = entries_of(compose(HERE))
        other = {
            name: content + b"other" if name.endswith(".pyc") else content
            for name, content in entries.items()
        }
        packages = [
            self.written(tmp_path / "one", entries),
            self.written(tmp_path / "other", other),
        ]
        told = []
        for package in packages:
            monkeypatch.setattr("tests.synth.conftest.write_package", lambda _path, it=package: it)
            (function,) = synthesise("prod").resources("aws_lambda_function").values()
            told.append((function["source_code_hash"], function["filename"]))

        assert told[0] == told[1]
        assert source_code_hash(write_package(tmp_path / "sources.zip")) != told[0][0]

    @pytest.mark.parametrize("name", ["app/__init__.py", cache_from_source("app/__init__.py")])
    def test_another_source_or_version_of_python_changes_it(
        self, compiled: bytes, name: str, tmp_path: Path
    ) -> None:
        entries = entries_of(compiled)
        one = self.written(tmp_path / "one", entries)
        other = self.written(tmp_path / "other", {**entries, name: b"#" + entries[name]})

        assert source_code_hash(one) != source_code_hash(other)


class TestInterpreter:
    """That compiles the package for AWS."""

    def machine(self, monkeypatch: pytest.MonkeyPatch, folder: Path, *, said: str = "") -> Path:
        """A machine whose python3.13 on PATH does not run, and pyenv's says something."""
        on_path = self.program(folder / "bin" / f"python{PYTHON}", "exit 127")
        kept = folder / "pyenv" / "versions" / f"{PYTHON}.9" / "bin" / f"python{PYTHON}"
        self.program(kept, f"echo {said}")
        monkeypatch.setenv("PATH", str(on_path.parent))
        monkeypatch.setenv("PYENV_ROOT", str(folder / "pyenv"))
        monkeypatch.setattr(interpreter, "OWN_UV", folder / "no uv")
        monkeypatch.setattr(interpreter, "MAGIC_NUMBER", b"odd")
        return kept

    def program(self, file: Path, line: str) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{line}\n")
        file.chmod(0o755)
        return file

    def test_one_that_pyenv_keeps_off_the_path_is_found(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        kept = self.machine(monkeypatch, tmp_path, said=b"odd".hex())

        assert find_interpreter() == kept

    def test_one_that_uv_has_installed_is_found(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.machine(monkeypatch, tmp_path)
        installed = self.program(tmp_path / "installed", f"echo {b'odd'.hex()}")
        uv = self.program(tmp_path / "uv", f"echo {installed}")
        monkeypatch.setattr(interpreter, "OWN_UV", uv)

        assert find_interpreter() == installed

    def test_without_one_a_package_for_aws_is_refused_in_a_sentence(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.machine(monkeypatch, tmp_path, said="0a0d0d0a")
        on_aws = next(name for name in names() if load(name, variables={}).dialect == "aws")
        monkeypatch.setenv("CQRS_ENVIRONMENT", on_aws)
        monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "out"))

        assert main() == 1

        told = capsys.readouterr()
        assert told.out == ""
        (line,) = told.err.splitlines()
        assert line.startswith(f"Python {PYTHON} is needed")
        assert f"`uv python install {PYTHON}`" in line

    def test_emulators_and_what_nobody_deploys_need_none(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.machine(monkeypatch, tmp_path)

        for package in (
            write_package_for("emulator"),
            write_package_for("aws", source_only=True),
        ):
            assert package.read_bytes() == compose()

    def test_aws_gets_byte_code_of_the_runtime(self) -> None:
        try:
            found = find_interpreter()
        except PackageError as error:
            pytest.skip(str(error))
        entries = entries_of(write_package_for("aws").read_bytes())

        (name,) = [name for name in entries if name.startswith("__pycache__/handler.")]
        assert name == f"__pycache__/handler.cpython-{PYTHON.replace('.', '')}.pyc"
        assert entries[name].startswith(MAGIC_NUMBER), found
