"""Synthesise once somebody wants it: `python -m tooling.dev.synthesis_program`.

The bindings take seconds to import, and hardly ever change. So they are imported before a line
comes in, and everything else after it, as it is then.
"""

import runpy
import sys

import stacks.bindings  # noqa: F401 - it is what takes long
from tooling.paths import ROOT


def main() -> None:
    """Wait for a line, then synthesise; without one nobody wants it any more."""
    if sys.stdin.readline():
        runpy.run_path(str(ROOT / "main.py"), run_name="__main__")


if __name__ == "__main__":
    main()
