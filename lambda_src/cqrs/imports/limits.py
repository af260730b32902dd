"""How large a file may be."""

from __future__ import annotations

DIRECT_BYTES = 16 * 1024 * 1024
"""Largest file that DIRECT takes: it goes through it one chunk after the other."""


MAP_HEADER_BYTES = 10 * 1024
"""Longest header of a CSV file that a Distributed Map reads (Step Functions guide, "ItemReader
(Map)"). Emulator difference: MiniStack reads any."""
