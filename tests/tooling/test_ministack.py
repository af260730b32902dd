import os
import signal
import socket
import sys
from pathlib import Path

import boto3
import pytest

from tooling.errors import ToolingError
from tooling.ministack import MiniStack, is_healthy
from tooling.server_process import HOST


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def client(service, endpoint_url):
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
    )


def test_it_answers_within_the_block_and_is_gone_after_it(tmp_path):
    with MiniStack(tmp_path / "emulator.log") as emulator:
        queue = client("sqs", emulator.endpoint_url).create_queue(QueueName="q")["QueueUrl"]
        assert queue.startswith(emulator.endpoint_url)
        pid = emulator.pid

    assert not is_healthy(emulator.endpoint_url)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_two_run_side_by_side(tmp_path):
    first = MiniStack(tmp_path / "first" / "emulator.log")
    second = MiniStack(tmp_path / "second" / "emulator.log")

    with first, second:
        client("sqs", first.endpoint_url).create_queue(QueueName="q")
        assert not client("sqs", second.endpoint_url).list_queues().get("QueueUrls")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has more than one loopback address")
def test_it_listens_on_the_loopback_interface_only(tmp_path):
    with MiniStack(tmp_path / "emulator.log") as emulator, socket.socket() as other:
        # Binding the same port elsewhere works only while nobody listens on all interfaces.
        other.bind(("127.0.0.2", emulator.port))


def test_a_taken_port_is_named_in_one_sentence(tmp_path, taken_port):
    with pytest.raises(ToolingError, match=f"Port {taken_port} is in use") as refusal:
        MiniStack(tmp_path / "emulator.log", port=taken_port).start()
    assert "\n" not in str(refusal.value)


def test_one_that_does_not_come_up_points_to_its_log(tmp_path):
    log = tmp_path / "emulator.log"

    with (
        pytest.raises(ToolingError, match=f"see {log}"),
        MiniStack(log, settings={"LOG_LEVEL": "NO-SUCH-LEVEL"}),
    ):
        pass
    assert "NO-SUCH-LEVEL" in log.read_text()


def test_one_that_ignores_the_request_to_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("tooling.server_process.STOPPED_WITHIN_SECONDS", 0.2)
    emulator = MiniStack(tmp_path / "emulator.log").start()
    os.kill(emulator.pid, signal.SIGSTOP)

    emulator.stop()

    assert not is_healthy(emulator.endpoint_url)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a process's variables")
def test_the_callers_aws_access_does_not_reach_it(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "precious")

    with MiniStack(tmp_path / "emulator.log") as emulator:
        variables = Path(f"/proc/{emulator.pid}/environ").read_bytes()

    assert b"production" not in variables
    assert b"precious" not in variables
