"""A copy of the project that is set up, to do in it what a document says.

Nothing is installed for it: what set-up has installed into the project is linked, and stamped for
the copy as set-up does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory

from tooling.child_environment import without_aws_access
from tooling.paths import ROOT
from tooling.server_process import free_port

STAMP = ".setup-stamp"
STAMPED = re.compile(r"key=\$\(key_of ([^)$]+)\)\s+is_current (\S+)")
"""In tooling/setup.sh: the files that define a part, and the folder that it is installed into."""

TOOL = re.compile(r"^[^#\n]*\bsync_tool ([a-z-]+)", re.MULTILINE)
"""In the same file: the name of a part that has an environment of its own."""

OWN_TOOLS = {"logs", "run", "validate", "terraformrc"}
"""The entries that each clone writes into .tools for itself."""

NOT_INHERITED = {
    "CQRS_ENV", "INTEGRATION_ENDPOINT", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONPATH",
    "VIRTUAL_ENV",
}  # fmt: skip


@dataclass(frozen=True)
class ProjectCopy:
    """A clone's working tree with an emulator port of its own."""

    folder: Path
    port: int

    def run(self, command: str, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run a command as somebody would type it there."""
        return subprocess.run(
            ["/bin/bash", "-c", command],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            timeout=seconds,
        )

    def start(self, command: str, output: Path) -> subprocess.Popen[bytes]:
        """Begin a command, in a process group of its own as at a terminal."""
        with output.open("wb") as file:
            return subprocess.Popen(
                ["/bin/bash", "-c", command],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        inherited = without_aws_access(os.environ)
        environment = {k: v for k, v in inherited.items() if k not in NOT_INHERITED}
        return environment | {
            "EMULATOR_PORT": str(self.port),
            "COLUMNS": "300",
            "SFN_WAIT_SCALE": "0.1",
        }


@contextmanager
def entered_by_all() -> Iterator[Path]:
    """Make a new folder that PostgreSQL can enter, which root runs under another user.

    The folders of pytest are closed to that user.
    """
    with TemporaryDirectory(prefix="cqrs-clone-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def copy_project(folder: Path) -> ProjectCopy:
    """Copy the working tree, changes that are not committed included."""
    folder = folder.resolve()
    for name in _files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    _link(ROOT / ".tools", folder / ".tools", leave_out=OWN_TOOLS)
    for _, installed in _parts():
        if installed == ".venv":
            _make_virtual_environment(folder)
        elif (ROOT / installed).exists():
            (folder / installed).unlink(missing_ok=True)
            _link(ROOT / installed, folder / installed, leave_out={STAMP})
    stamp_as_set_up(folder)
    return ProjectCopy(folder, free_port())


def stamp_as_set_up(folder: Path) -> None:
    """Let set-up in a copy take what is installed for what the copy's files ask for."""
    for files, installed in _parts():
        _stamp(folder, installed, files.split())


def _parts() -> list[tuple[str, str]]:
    script = (ROOT / "tooling" / "setup.sh").read_text()
    tools = [(f"requirements/{name}.txt", f".tools/{name}") for name in TOOL.findall(script)]
    return STAMPED.findall(script) + tools


def _files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _link(source: Path, target: Path, *, leave_out: set[str]) -> None:
    """Make a folder that holds links to what another one holds."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.name not in leave_out:
            (target / entry.name).symlink_to(entry)


def _make_virtual_environment(folder: Path) -> None:
    """Make one that has the project's packages, and takes the project itself from the copy."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True, cwd=folder
    )
    (packages,) = (folder / ".venv" / "lib").glob("python*/site-packages")
    # A path that a .pth file names has its own .pth files ignored, and so the project's sources.
    paths = [folder, folder / "lambda_src", sysconfig.get_path("purelib")]
    (packages / "copy.pth").write_text("".join(f"{path}\n" for path in paths))
    for program in entry_points(group="console_scripts"):
        script = folder / ".venv" / "bin" / program.name
        script.write_text(
            f"#!{folder}/.venv/bin/python\nimport sys\nfrom {program.module} import "
            f"{program.attr}\n\nsys.exit({program.attr}())\n",
            encoding="utf-8",
        )
        script.chmod(0o755)


def _stamp(folder: Path, installed: str, files: Sequence[str]) -> None:
    key = subprocess.run(
        ["/bin/sh", "-c", '{ pwd && cat "$@"; } | cksum', "key_of", *files],
        cwd=folder,
        env={**os.environ, "PWD": str(folder)},
        capture_output=True,
        check=True,
        text=True,
    )
    if (folder / installed).exists():
        (folder / installed / STAMP).write_text(key.stdout)
