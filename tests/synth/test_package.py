"""The function's deployment package."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from stacks.function.package import compose, source_code_hash, write_package

LAMBDA_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")

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


@pytest.fixture
def lambda_runtime(tmp_path: Path) -> Path:
    """A folder with the packages that the Lambda runtime brings, and no other."""
    for name in LAMBDA_RUNTIME:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        file = Path(spec.origin)
        source = file.parent if file.name == "__init__.py" else file
        (tmp_path / source.name).symlink_to(source)
    return tmp_path


def test_entries_do_not_depend_on_the_machine(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]

    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert {Path(name).suffix or Path(name).name for name in names} == {".py", "METADATA"}


def test_package_holds_the_runtime_and_its_dependencies(entries: list[zipfile.ZipInfo]) -> None:
    roots = {entry.filename.split("/")[0] for entry in entries}

    assert {"cqrs", "aws_lambda_powertools", "simplejson", "ulid"} <= roots
    assert roots & {"aws_xray_sdk", "boto3", "botocore", "stacks", "cdktf", "pydantic"} == set()


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
