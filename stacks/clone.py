"""Which clone of the project has deployed to an emulator.

Clones name their resources alike and have emulators on the same port. A clone marks what it
deploys to an emulator with its own id, by which its command line knows the place again.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT / ".build" / "clone"
ID_LENGTH = 12


def clone_id(seed: Path = SEED, root: Path = ROOT) -> str:
    """Id of this clone; empty if it has deployed nothing yet.

    A copy of a clone, seed included, has another id than that.
    """
    try:
        kept = seed.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    return hashlib.sha256(f"{kept} {root}".encode()).hexdigest()[:ID_LENGTH] if kept else ""


def made_clone_id(seed: Path = SEED, root: Path = ROOT) -> str:
    """Id of this clone, which is made if it has none yet and stays as it is from then on."""
    if not clone_id(seed, root):
        seed.parent.mkdir(parents=True, exist_ok=True)
        fresh = seed.with_name(f"{seed.name}-{uuid.uuid4().hex}")
        fresh.write_text(f"{uuid.uuid4().hex}\n", encoding="utf-8")
        try:
            # Of two that make one at a time, the first one's is kept.
            seed.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return clone_id(seed, root)
