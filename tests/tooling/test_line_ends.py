"""A clone as Git for Windows makes it, with ``core.autocrlf``, is one that a shell can set up."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tooling.paths import ROOT


def git(*arguments: str | Path, folder: Path) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_clone_has_line_feeds_whatever_git_is_told(tmp_path: Path) -> None:
    """The working tree is committed first, so that it is what is tested."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=ROOT)
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        (origin / name).write_bytes((ROOT / name).read_bytes())
    git("init", "--quiet", folder=origin)
    git("add", "--all", folder=origin)
    git("commit", "--quiet", "-m", "all", folder=origin)

    git("clone", "--quiet", "-c", "core.autocrlf=true", origin, clone, folder=tmp_path)

    changed = [name for name in names if (clone / name).read_bytes() != (ROOT / name).read_bytes()]
    assert changed == []
    assert b"\r" not in (clone / "Makefile").read_bytes()
    checked = subprocess.run(["/bin/sh", "-n", "tooling/setup.sh"], cwd=clone, check=False)
    assert checked.returncode == 0
