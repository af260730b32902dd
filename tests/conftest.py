"""Settings of all tests.

Property tests take the same hundred examples each time, or as many new ones as are asked for.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

EXAMPLES = "HYPOTHESIS_EXAMPLES"

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")
if asked := os.environ.get(EXAMPLES):
    settings.register_profile("many", max_examples=int(asked), deadline=None)
    settings.load_profile("many")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell without job control lets what it starts in the background ignore Ctrl-C. So would all
    # processes that tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
