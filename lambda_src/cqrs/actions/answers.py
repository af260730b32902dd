"""Calls of services whose parameters are those of their actions as they stand."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def answering(call: Callable[..., Result], answer: Callable[[Result], Any]) -> Callable[..., Any]:
    """Let a call answer JSON, with the parameters that it has.

    Parameters
    ----------
    call
        The service's call.
    answer
        Turns its result into JSON.
    """

    @functools.wraps(call)
    def action(**payload: Any) -> Any:
        return answer(call(**payload))

    return action
