"""Each missing prerequisite is one sentence; the script runs with nothing else on PATH."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tooling.paths import ROOT

UNREACHABLE = "http://127.0.0.1:9"


def program(text):
    return f"#!/bin/sh\n{text}\n"


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path)


class Clone:
    """A copy of what set-up reads, and a PATH that holds only what a test puts there."""

    def __init__(self, root):
        self.folder, self.programs = root / "clone", root / "bin"
        self.programs.mkdir()
        shutil.copytree(ROOT / "requirements", self.folder / "requirements")
        (self.folder / "tooling").mkdir()
        for name in ("tooling/setup.sh", "pyproject.toml", "uv.lock", "package.json"):
            shutil.copy(ROOT / name, self.folder / name)
        shutil.copy(ROOT / "package-lock.json", self.folder)
        for name in ("cat", "cksum", "dirname", "mkdir", "sh"):
            (self.programs / name).symlink_to(shutil.which(name))

    def put(self, **programs):
        for name, content in programs.items():
            path = self.programs / name
            path.write_text(content)
            path.chmod(0o755)
        return self

    def put_python(self):
        interpreter = Path(sys.executable).resolve()
        return self.put(python3=program(f'exec {interpreter} "$@"'))

    def set_up(self, *arguments):
        return subprocess.run(
            [self.programs / "sh", self.folder / "tooling" / "setup.sh", *arguments],
            env={
                "PATH": str(self.programs),
                "HTTPS_PROXY": UNREACHABLE,
                "PIP_RETRIES": "0",
                "PIP_NO_CACHE_DIR": "1",
                "PIP_CONFIG_FILE": "/dev/null",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
        )


def refusal(outcome):
    assert outcome.returncode == 1
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("error: ")
    return line


def test_no_python(clone):
    assert "there is no python3 on PATH" in refusal(clone.set_up())


def test_an_old_python(clone):
    clone.put(python3=program('[ "$1" = --version ] && echo Python 3.9.2 || exit 1'))

    assert "there is Python 3.9.2 on PATH" in refusal(clone.set_up())


def test_no_node(clone):
    assert "there is no node on PATH" in refusal(clone.put_python().set_up())


def test_an_old_node(clone):
    clone.put_python().put(node=program("echo v18.19.0"))

    assert "node on PATH is v18.19.0" in refusal(clone.set_up())


def test_no_npm(clone):
    clone.put_python().put(node=program("echo v20.0.0"))

    assert "npm is needed" in refusal(clone.set_up())


def test_neither_uv_nor_a_network(clone):
    clone.put_python().put(node=program("echo v20.0.0"), npm=program("echo 10"))

    assert "uv could not be fetched from PyPI" in refusal(clone.set_up())


def test_failing_package_installations(clone):
    clone.put_python().put(node=program("echo v20.0.0"), npm=program("echo 10"))
    clone.put(uv=program('[ "$1" = --version ]'))

    assert "The Python packages could not be installed" in refusal(clone.set_up())


def test_only_its_comparison_installs_cdktn(clone):
    clone.put_python().put(node=program("echo v20.0.0"), npm=program("echo 10"))
    # It succeeds and installs nothing, but for cdktn.
    clone.put(uv=program('case "$*" in *cdktn*) exit 1;; esac'))
    for folder in (".venv", ".tools/cdktn", ".tools/checkov", ".tools/ministack", "node_modules"):
        (clone.folder / folder).mkdir(parents=True)

    assert clone.set_up().returncode == 0
    assert "cdktn could not be installed" in refusal(clone.set_up("cdktn"))
