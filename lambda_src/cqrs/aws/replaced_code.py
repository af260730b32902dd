"""Emulator difference: what a function seems to answer while its code is being replaced.

Lambda replaces code as a whole, and no call sees less than that. MiniStack 1.5.33 ends the calls
that run and removes their folder, so for a moment its worker says that there is nothing to run.
"""

from __future__ import annotations

WORDS = (
    "Worker process exited immediately",
    "Worker process died",
    "Worker init failed",
    "Worker returned no response",
    "No JSON init response from worker",
    "'NoneType' object has no attribute 'std",
    "ministack-lambda-",
)
"""Texts of its worker's errors (``core/lambda_runtime.py``); Lambda has none of them."""

REPLACED_WITHIN_SECONDS = 10.0
"""After so long the code itself is at fault: a module that cannot be imported is told alike."""


def may_be_replaced(problem: str) -> bool:
    """Whether an error of an invocation may be gone as soon as the code has been replaced.

    The invocation may have been under way. So only one that changes nothing is to be repeated.
    """
    return any(word in problem for word in WORDS)
