"""How many examples property tests take: hypothesis's hundred, or as many as are asked for."""

from __future__ import annotations

import os

from hypothesis import settings

EXAMPLES = "HYPOTHESIS_EXAMPLES"

settings.register_profile("default", deadline=None)
if asked := os.environ.get(EXAMPLES):
    settings.register_profile("many", max_examples=int(asked), deadline=None)
    settings.load_profile("many")
