"""The console in Chromium, by Playwright: its own tests are those of ``console/test``."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tooling.console.site import CONSOLE

if TYPE_CHECKING:
    from tests.console.scene import Scene

LONGEST_SECONDS = 480


def test_it_does_all_that_it_shows(scene: Scene) -> None:
    chosen = os.environ.get("CONSOLE_TESTS", "").split()
    ended = subprocess.run(
        [CONSOLE / "node_modules" / ".bin" / "playwright", "test", *chosen],
        cwd=CONSOLE,
        env={**os.environ, "CONSOLE_SCENE": scene.document, "FORCE_COLOR": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=LONGEST_SECONDS,
    )

    if ended.returncode:
        pytest.fail(ended.stdout[-30_000:], pytrace=False)
