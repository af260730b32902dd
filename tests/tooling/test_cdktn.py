"""A move from cdktf to cdktn stays small; `make test-cdktn` tries the move itself."""

from __future__ import annotations

import ast
import re
import tomllib

from stacks.function.package import DEPENDENCIES
from tooling.paths import ROOT

BINDINGS = "stacks/bindings.py"


def imported(source: str) -> set[str]:
    """Top-level packages that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_one_module_imports_cdktf():
    folders = ("benchmarks", "cli", "demo", "lambda_src", "stacks", "tests", "tooling")
    modules = [
        ROOT / "main.py",
        *(path for name in folders for path in (ROOT / name).rglob("*.py")),
    ]
    packages = {"cdktf", "cdktf_cdktf_provider_aws", "cdktn", "cdktn_provider_aws"}

    importing = {
        path.relative_to(ROOT).as_posix()
        for path in modules
        if packages & imported(path.read_text(encoding="utf-8"))
    }

    assert importing == {BINDINGS}


def test_the_function_has_the_same_packages_beside_cdktn():
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    project = {package["name"]: package.get("version") for package in lock["package"]}
    pinned = (ROOT / "requirements" / "cdktn.txt").read_text(encoding="utf-8")
    beside = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", pinned, re.MULTILINE))
    shared = beside.keys() & set(DEPENDENCIES)

    assert shared
    assert {name: beside[name] for name in shared} == {name: project[name] for name in shared}
