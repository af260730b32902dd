import json
import os
import signal
import socket
import subprocess
import sys
from unittest.mock import Mock

import pytest

from tests.unit.test_screen import on_terminal
from tooling import targets
from tooling.background_emulator import BackgroundEmulator
from tooling.deployment import Deployment
from tooling.errors import ToolingError
from tooling.ministack import is_healthy
from tooling.server_process import HOST, free_port


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def emulator(tmp_path):
    emulator = BackgroundEmulator(tmp_path / "run")
    yield emulator
    emulator.stop()


def test_it_outlives_the_command_that_started_it(tmp_path, port):
    folder = tmp_path / "run"
    code = (
        "import sys; from pathlib import Path;"
        "from tooling.background_emulator import BackgroundEmulator;"
        "BackgroundEmulator(Path(sys.argv[1])).start(int(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, folder, str(port)], check=True, timeout=60)
    later = BackgroundEmulator(folder)

    assert is_healthy(later.endpoint_url())
    assert later.stop()
    assert not is_healthy(f"http://{HOST}:{port}")
    assert not later.stop()
    assert later.endpoint_url() is None


def test_a_second_start_finds_the_first(emulator, port):
    endpoint_url = emulator.start(port)
    deployed = emulator.work_folder / "state"
    deployed.mkdir(parents=True)

    assert emulator.start(port) == endpoint_url
    assert deployed.exists()


def test_a_deployment_does_not_outlive_an_emulator_that_died(emulator, tmp_path, port):
    emulator.start(port)
    deployed = emulator.work_folder / "state"
    deployed.mkdir(parents=True)
    os.killpg(json.loads((tmp_path / "run" / "emulator.json").read_text())["pid"], signal.SIGKILL)

    while emulator.endpoint_url() is not None:
        pass
    emulator.start(port)

    assert not deployed.exists()


def test_a_process_that_merely_has_the_old_id_is_left_alone(emulator, tmp_path, port):
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    ) as stranger:
        try:
            record = {"pid": stranger.pid, "port": port, "endpoint_url": f"http://{HOST}:{port}"}
            (tmp_path / "run").mkdir()
            (tmp_path / "run" / "emulator.json").write_text(json.dumps(record))

            assert not emulator.stop()
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_another_port_is_refused_while_it_runs(emulator, port):
    endpoint_url = emulator.start(port)

    with pytest.raises(ToolingError, match=f"runs on port {port}, and EMULATOR_PORT is {port + 1}"):
        emulator.start(port + 1)
    assert emulator.start(port + 1, any_port=True) == endpoint_url


@pytest.mark.parametrize(("variable", "reused"), [(None, True), ("", True), ("OTHER", False)])
def test_only_a_port_that_is_asked_for_must_be_the_one(
    emulator, port, monkeypatch, variable, reused
):
    endpoint_url = emulator.start(port)
    monkeypatch.setattr(targets, "BackgroundEmulator", lambda: emulator)
    deployment = Mock(endpoint_url=endpoint_url, work_folder=None)
    monkeypatch.setattr(targets, "start_database", lambda _: None)
    monkeypatch.setattr(targets, "_on_emulator", lambda *_: deployment)
    monkeypatch.delenv("EMULATOR_PORT", raising=False)
    if variable is not None:
        monkeypatch.setenv("EMULATOR_PORT", variable and str(port + 1))
    announced = []

    if reused:
        targets.up(announced.append)
        assert announced[0] == f"The emulator answers at {endpoint_url}."
    else:
        with pytest.raises(ToolingError, match="unset EMULATOR_PORT"):
            targets.up(announced.append)


def test_a_taken_port_leaves_nothing_running(emulator):
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        with pytest.raises(ToolingError, match="is in use by another program"):
            emulator.start(listener.getsockname()[1])

    assert emulator.endpoint_url() is None


@pytest.mark.parametrize("has_log", [True, False])
def test_a_terminal_shows_that_a_deployment_is_under_way(monkeypatch, tmp_path, has_log):
    """Without a log, cdktf writes to the terminal itself."""
    deployment = Deployment("local", log=tmp_path / "log" if has_log else None)

    def show(_: object) -> None:
        with targets._shown(deployment):
            pass

    shown = on_terminal(monkeypatch, show, columns=100)

    assert ("0:00:00 the deployment of local: under way" in shown) is has_log
