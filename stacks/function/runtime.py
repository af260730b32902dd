"""The Lambda runtime that the function runs on."""

from __future__ import annotations

PYTHON = "3.13"
RUNTIME = f"python{PYTHON}"

MAGIC_NUMBER = (3571).to_bytes(2, "little") + b"\r\n"
"""Names the byte code of every Python 3.13 since its release; no other Python runs it.

A later runtime has another one (``importlib.util.MAGIC_NUMBER``).
"""

TASK_ROOT = "/var/task"
"""Folder of the unpacked package (Lambda guide, "Defined runtime environment variables")."""
