"""MiniStack, with answers that leave in one piece.

It runs in the emulator's Python, which has nothing else of the project. Hypercorn sends the head of
an answer before its body. In between, Terraform's provider sometimes closes the connection, and
tells "decomposing response: use of closed network connection". It repeats a request that was
carried out, and fails as the thing exists. An answer in one piece leaves it no such moment.
"""

from typing import Any

import h11
from hypercorn.events import RawData
from hypercorn.protocol.h11 import H11Protocol
from ministack.app import app

__all__ = ["app"]

_send = H11Protocol._send_h11_event


async def _send_whole(self: Any, event: Any) -> None:
    if isinstance(event, h11.Response):
        self.held_head = self.connection.send(event)
        return
    head = self.__dict__.pop("held_head", None)
    if head is None:
        await _send(self, event)
        return
    try:
        data = self.connection.send(event)
    except h11.LocalProtocolError:
        if self.connection.their_state != h11.ERROR:
            raise
    else:
        await self.send(RawData(data=head + data))


H11Protocol._send_h11_event = _send_whole
