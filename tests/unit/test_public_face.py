"""The imports of an application: ``cqrs`` itself, and nothing behind it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cqrs
import cqrs.testing

ROOT = Path(__file__).resolve().parents[2]
FACE = ROOT / "lambda_src" / "cqrs" / "__init__.py"
FACES = {"cqrs": cqrs, "cqrs.testing": cqrs.testing}
"""The faces for an application, and for its tests."""

PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def typed_names() -> dict[str, str]:
    """The names as type checkers know them: each name, and the module that it comes from."""
    (block,) = [node for node in ast.parse(FACE.read_text()).body if isinstance(node, ast.If)]
    return {
        alias.name: str(statement.module)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def test_every_name_is_there():
    assert set(dir(cqrs)) == set(cqrs.__all__)
    for name in cqrs.__all__:
        assert getattr(cqrs, name) is not None


def test_type_checkers_are_told_the_same():
    assert typed_names() == cqrs._HOMES
    assert sorted(cqrs.__all__) == sorted(cqrs._HOMES)
    assert (FACE.parent / "py.typed").exists()


def test_a_name_that_is_not_there_is_told():
    with pytest.raises(AttributeError, match="module 'cqrs' has no attribute 'Aplication'"):
        _ = cqrs.Aplication


def test_nothing_is_imported_before_it_is_asked_for():
    program = "import cqrs, sys; print(sorted(n for n in sys.modules if n.startswith('cqrs')))"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=FACE.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.strip() == "['cqrs']"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_documentation_imports_nothing_else(page):
    for block in PYTHON_BLOCK.findall(page.read_text(encoding="utf-8")):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("cqrs"):
                assert node.module in FACES
                assert {alias.name for alias in node.names} <= set(FACES[node.module].__all__)
