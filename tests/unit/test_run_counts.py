"""The page on read models says what their runs count."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import cqrs.read_models

PAGE = Path(__file__).parents[2] / "docs" / "read-models.md"
ROW = re.compile(r"^\| (`[^|]+`) \| [^|]*\*(?:fill|settle|verify|clear)\*[^|]* \|", re.MULTILINE)


def counted() -> Iterator[str]:
    """All names of counts in the code: the texts between the brackets of ``counts[...]``."""
    for path in Path(cqrs.read_models.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("counts"):
                index = node.slice
                values = [index.body, index.orelse] if isinstance(index, ast.IfExp) else [index]
                yield from (str(one.value) for one in values if isinstance(one, ast.Constant))


def test_the_page_has_each_count_and_no_other() -> None:
    told = [
        name for row in ROW.findall(PAGE.read_text(encoding="utf-8")) for name in row.split(", ")
    ]

    assert sorted(name.strip("`") for name in told) == sorted(set(counted()))
