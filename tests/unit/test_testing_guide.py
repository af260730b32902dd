"""The tests that docs/testing.md shows, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cqrs.testing import MemoryEnvironment

DOCUMENT = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))


def shown() -> dict[str, Any]:
    tests: dict[str, Any] = {}
    for block in BLOCKS:
        names: dict[str, Any] = {}
        exec(compile(block, str(DOCUMENT), "exec"), names)  # noqa: S102
        tests |= {name: test for name, test in names.items() if name.startswith("test_")}
    return tests


def test_each_block_shows_a_test() -> None:
    assert len(shown()) == len(BLOCKS) == 4


@pytest.mark.parametrize("name", shown())
def test_it_passes(name: str) -> None:
    with MemoryEnvironment() as environment:
        shown()[name](environment)
