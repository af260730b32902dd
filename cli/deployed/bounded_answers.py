"""Answers of a server that nobody knows yet: of a bounded length, and within a bounded time.

The SDK reads an answer to its end, and waits again for each piece of it. A sender without end would
fill the memory, and one that sends a byte now and then would never be left.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

LONGEST_ANSWER = 1024 * 1024
"""Bytes: many times the tags that a function can have."""

ANSWER_SECONDS = 15.0
"""From the request to the end of its answer: longer than to connect, and to wait for a piece."""

PIECE_BYTES = 64 * 1024


class EndlessAnswer(Exception):
    """An answer is longer, or takes longer, than any that is asked for."""


def bound(client: Any) -> None:
    """Have a client of the SDK ask in this way; its errors are those of the SDK otherwise.

    Parameters
    ----------
    client
        Of operations whose answers are small.
    """
    # It is private, and what else gives access to answers comes when they have been read.
    session = client._endpoint.http_session
    client.meta.events.register("before-send", lambda request, **_: _answer(session, request))


def _answer(session: Any, request: Any) -> Any:
    """Ask in a thread, which may be left alone: it holds no more than the longest answer."""
    answers: SimpleQueue[Any] = SimpleQueue()
    Thread(target=lambda: answers.put(_outcome(session, request)), daemon=True).start()
    try:
        answer = answers.get(timeout=ANSWER_SECONDS)
    except Empty:
        raise EndlessAnswer(f"its answer has not ended in {ANSWER_SECONDS:g} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _outcome(session: Any, request: Any) -> Any:
    """The answer, or what was raised instead."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415
    from botocore.exceptions import HTTPClientError  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    request.stream_output = True  # without this, it is read before anybody sees it
    try:
        answer = session.send(request)
        content = _content(answer.raw)
    except HTTPError as error:
        # As the SDK takes it if it reads by itself.
        return HTTPClientError(error=error)
    except Exception as error:  # noqa: BLE001 - whoever has asked raises it
        return error
    return AWSResponse(answer.url, answer.status_code, answer.headers, _Content(content))


def _content(raw: Any) -> bytes:
    content = b""
    for piece in raw.stream(PIECE_BYTES):
        content += piece
        if len(content) > LONGEST_ANSWER:
            raw.close()
            raise EndlessAnswer(f"its answer has more than {LONGEST_ANSWER:,} bytes")
    return content


class _Content:
    """The content, as the SDK reads it again."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content
