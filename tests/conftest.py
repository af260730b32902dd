"""Property tests take the same hundred examples each time, or as many new ones as are asked for."""

from __future__ import annotations

import os

from hypothesis import settings

EXAMPLES = "HYPOTHESIS_EXAMPLES"

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")
if asked := os.environ.get(EXAMPLES):
    settings.register_profile("many", max_examples=int(asked), deadline=None)
    settings.load_profile("many")
