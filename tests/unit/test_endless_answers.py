"""A server in the place of an emulator, whose answer does not end."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

import cli.deployed.bounded_answers
from cli.deployed.bounded_answers import LONGEST_ANSWER
from cli.deployed.clients import VerifiedClients
from cli.deployed.connection import connect
from cli.deployed.place import WrongPlace
from cqrs.errors import TransientError, Unreachable
from tests.unit.answering import Answering, Pieces, dripped, endless, listening, poured

CQRS = Path(sys.executable).parent / "cqrs"

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"Content-Length: 1000000000000\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
REFUSED = b"HTTP/1.1 404 Not Found\r\n\r\n"

POURED = [
    pytest.param(poured(OK + b"\r\n", b"x" * 65536), id="to its end"),
    pytest.param(poured(LENGTH, b"x" * 65536), id="of a length"),
    pytest.param(poured(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"), id="in chunks"),
    pytest.param(poured(CHUNKED + b"ffffffffff\r\n", b"x" * 65536), id="in one chunk"),
    pytest.param(poured(REFUSED, b"x" * 65536), id="of an error"),
]
DRIPPED = [
    pytest.param(dripped(OK + b"\r\n"), id="body"),
    pytest.param(dripped(LENGTH), id="body of a length"),
    pytest.param(dripped(CHUNKED, b"1\r\nx\r\n"), id="chunks"),
    pytest.param(dripped(OK + b"X-Header: "), id="header"),
    pytest.param(dripped(b""), id="status"),
    pytest.param(dripped(REFUSED), id="error"),
]


@pytest.fixture
def clients_of(monkeypatch: pytest.MonkeyPatch):
    """Clients of an emulator at a URL."""

    def connected(url: str) -> VerifiedClients:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        clients = connect("local").services.clients
        assert isinstance(clients, VerifiedClients)
        return clients

    return connected


@pytest.mark.parametrize("pieces", POURED)
def test_no_more_is_read_than_an_emulator_answers(clients_of, pieces: Pieces):
    with endless(pieces) as url:
        clients = clients_of(url)
        tracemalloc.start()
        try:
            with pytest.raises(WrongPlace) as told:
                clients.recognise()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        with pytest.raises(TransientError, match="has more than 1,048,576 bytes"):
            clients.caller()

    assert "its answer has more than 1,048,576 bytes" in str(told.value)
    assert url in str(told.value)
    assert peak < 32 * LONGEST_ANSWER


@pytest.mark.parametrize("pieces", DRIPPED)
def test_it_is_not_waited_for_without_end(clients_of, monkeypatch, pieces: Pieces):
    monkeypatch.setattr(cli.deployed.bounded_answers, "ANSWER_SECONDS", 0.5)
    with endless(pieces) as url:
        clients = clients_of(url)
        with pytest.raises(WrongPlace) as told:
            clients.recognise()
        with pytest.raises(TransientError, match="has not ended in"):
            clients.caller()

    assert "its answer has not ended in 0.5 seconds" in str(told.value)
    assert url in str(told.value)


def test_doctor_tells_it():
    with endless(POURED[0].values[0]) as url:
        ended = subprocess.run(
            [CQRS, "doctor"],
            env={**os.environ, "AWS_ENDPOINT_URL": url},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"WrongPlace: The answer at {url} ")
    assert "has more than 1,048,576 bytes" in ended.stderr


def test_an_answer_that_is_broken_off_is_asked_for_again(clients_of):
    asked: list[None] = []

    def broken_off(_over: object) -> list[bytes]:
        asked.append(None)
        return [CHUNKED, b"10\r\nx"]

    with endless(broken_off) as url, pytest.raises(Unreachable):
        clients_of(url).recognise()

    assert len(asked) == 2


def test_an_answer_of_the_longest_length_is_read(clients_of):
    own = {"environment": "local", "application": "cqrs"}
    tags = {**own, "note": "x" * (LONGEST_ANSWER - 100)}
    with listening(Answering(tags)) as place:
        assert clients_of(place.url).recognise() == tags
