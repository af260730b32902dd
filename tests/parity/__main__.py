"""``python -m tests.parity``: write the section of ``docs/emulators.md`` on what is compared."""

from __future__ import annotations

from tests.parity.page import PAGE, updated

if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
