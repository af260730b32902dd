"""``cqrs`` as a process in surroundings that are not those of its authors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cli.deployed.connection
import stacks.environment.file
import tooling.background_emulator
from cli.command_line import run
from cli.deployed.place import WrongPlace
from cqrs import __version__
from cqrs.services import Services
from stacks.clone import clone_id, made_clone_id
from stacks.environment.file import load
from tests.unit.answering import Answering, listening

ROOT = Path(__file__).resolve().parents[2]
CQRS = Path(sys.executable).parent / "cqrs"
NOBODY = "http://127.0.0.1:9"


def ended(
    command: list[str | Path], variables: Mapping[str, str], *, text: bool = True
) -> subprocess.CompletedProcess[Any]:
    """The end of a command in an environment that has nothing of AWS but what is given."""
    left_out = ("AWS_", "CQRS_", "COLUMNS", "FORCE_COLOR", "NO_COLOR")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    return subprocess.run(
        command,
        env={**inherited, **variables},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=text,
        check=False,
        timeout=120,
    )


class TestBrokenApplication:
    """One module of the application that cannot be imported."""

    @pytest.fixture
    def poison(self, tmp_path: Path) -> Path:
        (tmp_path / "app").mkdir()
        (tmp_path / "app" / "__init__.py").write_text("import os\nraise RuntimeError('poison')\n")
        return tmp_path

    def run(self, poison: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return ended([*command], {"PYTHONPATH": str(poison), "AWS_ENDPOINT_URL": NOBODY})

    def test_it_is_broken(self, poison):
        assert "poison" in self.run(poison, sys.executable, "-c", "import app").stderr

    @pytest.mark.parametrize(
        "arguments", [["doctor"], ["executions"], ["workflow", "status", "country-report/x"]]
    )
    def test_commands_reach_for_what_is_deployed(self, poison, arguments):
        run = self.run(poison, CQRS, *arguments)

        assert run.returncode == 1
        assert run.stderr.startswith("Unreachable: ")
        assert "poison" not in run.stderr

    def test_help_is_given(self, poison):
        run = self.run(poison, CQRS, "--help")

        assert run.returncode == 0
        assert "doctor" in run.stdout

    def test_the_command_line_imports_nothing_of_it(self, poison):
        script = (
            "import sys\nimport cli.command_line\nfrom cli.deployed.connection import connect\n"
            "connect('local')\nassert not [n for n in sys.modules if n.split('.')[0] == 'app']\n"
        )

        run = self.run(poison, sys.executable, "-c", script)

        assert run.returncode == 0, run.stderr

    @pytest.mark.parametrize("command", ["up", "synth"])
    def test_a_deployment_says_which_line_is_broken(self, poison, command):
        run = self.run(poison, sys.executable, "-m", "tooling", command)

        assert run.returncode == 1
        (line,) = run.stderr.splitlines()
        place = f"{poison}/app/__init__.py, line 2: RuntimeError: poison"
        assert f"cannot be imported: {place}" in line

    def test_a_syntax_error_is_told_with_its_line(self, poison):
        (poison / "app" / "__init__.py").write_text("x = 1\nif x\n")

        run = self.run(poison, sys.executable, "-m", "tooling", "synth")

        (line,) = run.stderr.splitlines()
        assert f"{poison}/app/__init__.py, line 2: SyntaxError: expected ':'" in line


EXECUTIONS = ["GET /2017-03-31/tags/FUNCTION", "AWSStepFunctions.ListExecutions"]
OWN = {"environment": "local", "application": "cqrs", "cqrs-version": __version__}

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
JUNK = {
    "a proxy that is not there": dict.fromkeys(
        [*PROXIES, *(name.lower() for name in PROXIES)], "http://127.0.0.1:9"
    ),
    "a profile that names nothing": {"AWS_PROFILE": "nobody"},
    "a default profile that names nothing": {"AWS_DEFAULT_PROFILE": "nobody"},
    "a broken file": {"AWS_CONFIG_FILE": "BROKEN", "AWS_SHARED_CREDENTIALS_FILE": "BROKEN"},
    "other endpoints": {
        "AWS_ENDPOINT_URL_SFN": NOBODY, "AWS_ENDPOINT_URL_LAMBDA": NOBODY,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    },
    "regions": {"AWS_REGION": "nowhere", "AWS_DEFAULT_REGION": "no where"},
    "certificates": {"AWS_CA_BUNDLE": "/nonexistent", "REQUESTS_CA_BUNDLE": "/nonexistent"},
    "ways of endpoints": {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    "modes": {
        "AWS_DEFAULTS_MODE": "junk", "AWS_RETRY_MODE": "junk", "AWS_MAX_ATTEMPTS": "junk",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "junk", "AWS_REQUEST_CHECKSUM_CALCULATION": "junk",
        "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "junk", "AWS_STS_REGIONAL_ENDPOINTS": "junk",
    },
    "a simple terminal": {"TERM": "dumb", "COLUMNS": "junk", "LANG": "C", "LC_ALL": "C"},
}  # fmt: skip


@pytest.fixture
def emulator() -> Iterator[Answering]:
    with listening(Answering(OWN)) as answering:
        yield answering


def asked(emulator: Answering) -> list[str]:
    arn = "arn%3Aaws%3Alambda%3Aap-northeast-1%3A000000000000%3Afunction%3Alocal-cqrs-main"
    return [request.replace(arn, "FUNCTION") for request in emulator.asked]


class TestEmulator:
    """Settings for accounts of AWS do not matter to an emulator."""

    @pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
    def test_it_is_reached_whatever_is_set(self, emulator, tmp_path, junk):
        broken = tmp_path / "broken"
        broken.write_text("[default\nregion")
        variables = {name: value.replace("BROKEN", str(broken)) for name, value in junk.items()}

        run = ended([CQRS, "executions"], {**variables, "AWS_ENDPOINT_URL": emulator.url})

        assert (run.returncode, run.stdout, run.stderr) == (0, "No executions.\n", "")
        assert asked(emulator) == EXECUTIONS

    def test_no_home_is_needed(self, emulator):
        command = ["env", "-u", "HOME", CQRS, "executions"]

        run = ended(command, {"AWS_ENDPOINT_URL": emulator.url})

        assert (run.returncode, run.stdout) == (0, "No executions.\n")

    def test_streams_may_be_closed(self, emulator):
        for closed in ("<&-", "2>&-", "<&- 2>&-"):
            shell = ["/bin/sh", "-c", f'"$0" executions {closed}', CQRS]
            run = ended(shell, {"AWS_ENDPOINT_URL": emulator.url})
            assert (run.returncode, run.stdout, run.stderr) == (0, "No executions.\n", "")

    def test_an_input_that_is_closed_is_empty(self, emulator):
        shell = ["/bin/sh", "-c", '"$0" publish N#a N#1 --attributes - <&-', CQRS]

        run = ended(shell, {"AWS_ENDPOINT_URL": emulator.url})

        assert run.returncode == 2
        assert run.stderr.startswith("Usage: ")


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
        ({"AWS_DEFAULT_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
        ({"AWS_CONFIG_FILE": "BROKEN"}, "Unable to parse config file"),
        ({"AWS_DEFAULTS_MODE": "junk"}, "The AWS settings of this shell cannot be used"),
        ({"AWS_ENDPOINT_URL": NOBODY}, f"AWS_ENDPOINT_URL is set to {NOBODY}"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": NOBODY}, f"AWS_ENDPOINT_URL_DYNAMODB is set to {NOBODY}"),
        ({"AWS_CONFIG_FILE": "ELSEWHERE"}, f"send its requests to {NOBODY}"),
        ({}, "Unable to locate credentials"),
    ],
)
def test_what_is_wrong_with_the_settings_for_aws_is_told(tmp_path, variables, says):
    files = {"BROKEN": "[default\nregion", "ELSEWHERE": f"[default]\nendpoint_url = {NOBODY}\n"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    usual = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    paths = {
        name: str(tmp_path / value) if value in files else value
        for name, value in {**usual, **variables}.items()
    }

    run = ended([CQRS, "--env", "prod", "executions"], paths)

    assert run.returncode == 1
    assert says in run.stderr
    assert "Traceback" not in run.stderr


ENCODINGS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp932": {"PYTHONIOENCODING": "cp932"},
    "C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}


COLOURS: list[dict[str, str]] = [{}, {"FORCE_COLOR": "1"}, {"FORCE_COLOR": "1", "NO_COLOR": "1"}]


@pytest.mark.parametrize(
    ("encoding", "colours"),
    [*((encoding, {}) for encoding in ENCODINGS.values()), *(({}, one) for one in COLOURS)],
)
def test_any_encoding_shows_any_text_unfolded(encoding, colours):
    name = "東京 é \x1b[2J" + "x" * 70
    execution = {"name": name, "status": "FAILED", "startDate": 1.0}
    with listening(Answering(OWN)) as emulator:
        emulator.executions = [execution]
        variables = {**encoding, **colours, "AWS_ENDPOINT_URL": emulator.url}
        run = ended([CQRS, "executions"], variables, text=False)

    assert run.returncode == 0, run.stderr
    (_, entry) = run.stdout.splitlines()
    assert b"x" * 70 in entry
    assert b"\\x1b[2J" in entry
    written = encoding.get("PYTHONIOENCODING", "ascii" if encoding else "utf-8")
    assert "東京".encode(written, "backslashreplace") in entry
    if not colours:
        assert b"\x1b" not in run.stdout


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--version"], f"cqrs {__version__}\n"),
        (["--json", "--version"], f'{{\n  "version": "{__version__}"\n}}\n'),
    ],
)
def test_the_version_is_told_without_an_environment(arguments, printed):
    run = ended([CQRS, *arguments], {"AWS_ENDPOINT_URL": NOBODY})

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == printed


class TestWrongPlace:
    """The command line knows its environment again before it asks or does anything."""

    def run(self, url: str, *arguments: str, variables: Mapping[str, str] | None = None):
        run = ended([CQRS, *arguments], {"AWS_ENDPOINT_URL": url, **(variables or {})})
        assert "Traceback" not in run.stderr
        return run

    @pytest.mark.parametrize(
        ("answering", "says"),
        [
            (Answering(None), "NotDeployed: local is not deployed: "),
            (Answering({**OWN, "environment": "dev"}), "it is tagged environment 'dev'"),
            (Answering({**OWN, "application": "shop"}), "application 'shop'"),
            (Answering({}), "it is tagged no environment, no application"),
            (Answering(OWN, page="<html>Hello</html>"), "it is tagged no environment"),
            (Answering(OWN, page="[1]"), "come from an emulator with local"),
            (Answering(OWN, page="[" * 100_000), "come from an emulator with local"),
            (Answering(OWN, page='{"Tags": [1]}'), "come from an emulator with local"),
            (Answering(None, account="999999999999"), "local is in account 000000000000, and"),
        ],
    )
    def test_it_is_told_what_is_there(self, answering, says):
        with listening(answering) as place:
            run = self.run(place.url, "executions")

            assert run.returncode == 1
            assert says in run.stderr
            assert place.url in run.stderr or "999999999999" in run.stderr

    @pytest.mark.parametrize(
        "arguments",
        [
            ["publish", "N#acme", "N#1"],
            ["publish", "N#acme", "N#1", "--sync"],
            ["doctor", "--fix"],
            ["redrive", "commands"],
            ["approvals", "list", "--tenant", "acme"],
            ["import", "README.md", "--target", "airports", "--tenant", "acme"],
        ],
        ids=" ".join,
    )
    def test_nothing_is_done_there(self, arguments):
        with listening(Answering({**OWN, "environment": "dev"})) as place:
            run = self.run(place.url, *arguments)

        assert "\nWrongPlace: " in f"\n{run.stderr}"
        assert asked(place) == EXECUTIONS[:1]

    def test_json_tells_it_too(self):
        with listening(Answering(None)) as place:
            run = self.run(place.url, "--json", "executions")

        assert json.loads(run.stdout)["error"] == "NotDeployed"

    def test_env_shows_where_it_is(self, emulator):
        run = self.run(emulator.url, "--json", "env")

        assert run.returncode == 0
        assert json.loads(run.stdout) == {
            "environment": "local",
            "application": "cqrs",
            "endpoint": emulator.url,
            "region": "ap-northeast-1",
            "account": "000000000000",
            "version": __version__,
            "identity": "arn:aws:iam::000000000000:root",
            "deployed": True,
            "deployed_version": __version__,
            "mismatch": None,
            "tags": OWN,
            "problem": None,
        }

    @pytest.mark.parametrize(
        ("tag", "found"),
        [
            ({"cqrs-version": "0.0.1"}, "Version 0.0.1"),
            ({}, "A version that does not tell its number"),
        ],
    )
    def test_env_tells_of_another_version_in_one_line(self, tag, found):
        tags = {"environment": "local", "application": "cqrs", **tag}
        with listening(Answering(tags)) as place:
            run = self.run(place.url, "env", variables={"COLUMNS": "300"})

        assert run.returncode == 0
        (line,) = [line for line in run.stdout.splitlines() if line.startswith("mismatch")]
        assert f"{found} is deployed, and this clone is version {__version__}. `make up`" in line

    def test_env_shows_that_it_is_not_there(self):
        with listening(Answering({**OWN, "environment": "dev"})) as place:
            run = self.run(place.url, "--json", "env")

        assert run.returncode == 1
        shown = json.loads(run.stdout)
        assert (shown["deployed"], shown["endpoint"]) == (False, place.url)
        assert shown["problem"].startswith("WrongPlace: ")

    @pytest.mark.parametrize("page", ["<html>Hello</html>", "[1]", '{"Tags": {}}', "\0"])
    def test_env_shows_that_something_else_is_there(self, page):
        with listening(Answering(OWN, page=page)) as place:
            run = self.run(place.url, "--json", "env")

        assert run.returncode == 1
        shown = json.loads(run.stdout)
        assert (shown["deployed"], shown["endpoint"]) == (False, place.url)
        assert shown["problem"].startswith("WrongPlace: ")

    def test_env_shows_where_nobody_answers(self):
        run = self.run(NOBODY, "env")

        assert run.returncode == 1
        assert NOBODY in run.stdout
        assert "AWS did not answer list_tags" in run.stdout

    def test_outputs_name_the_clone_that_deployed(self, tmp_path):
        settings = load("local", variables={}).settings().to_mapping()
        outputs = {name: {"value": value} for name, value in settings.items()}
        outputs["clone_id"] = {"value": "0123456789ab"}
        file = tmp_path / "outputs.json"
        file.write_text(json.dumps(outputs))
        with listening(Answering({**OWN, "cqrs-clone": "0123456789ab"})) as place:
            assert self.run(place.url, "--outputs", str(file), "executions").returncode == 0
            place.tags = {**OWN, "cqrs-clone": "ba9876543210"}
            run = self.run(place.url, "--outputs", str(file), "executions")

        assert run.returncode == 1
        assert "cqrs-clone 'ba9876543210', and expected is" in run.stderr

    def test_outputs_of_another_environment_are_refused(self, tmp_path):
        settings = load("dev", variables={}).settings().to_mapping()
        file = tmp_path / "outputs.json"
        file.write_text(json.dumps({name: {"value": value} for name, value in settings.items()}))

        run = self.run(NOBODY, "--outputs", str(file), "executions")

        assert run.returncode == 1
        assert "its resource_prefix is 'dev-cqrs-'" in run.stderr


class TestClone:
    """An emulator that nobody has named must hold what this clone has deployed."""

    @pytest.fixture
    def connected(self, monkeypatch) -> Callable[[Answering], Services]:
        def connect_to(place: Answering) -> Services:
            loaded = stacks.environment.file.load
            there = {"AWS_ENDPOINT_URL": place.url}
            monkeypatch.setattr(
                stacks.environment.file,
                "load",
                lambda name, **options: loaded(name, **{**options, "variables": there}),
            )
            monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
            monkeypatch.setattr(cli.deployed.connection, "clone_id", lambda: "0123456789ab")
            return cli.deployed.connection.connect("local").services

        return connect_to

    def test_its_own_is_known_again_once(self, connected):
        with listening(Answering({**OWN, "cqrs-clone": "0123456789ab"})) as place:
            clients = connected(place).clients
            assert clients.step_functions is not None
            assert clients.sqs is not None

            assert len(place.asked) == 1

    @pytest.mark.parametrize("mark", [{}, {"cqrs-clone": "ba9876543210"}])
    def test_another_clones_is_refused(self, connected, mark):
        with listening(Answering({**OWN, **mark})) as place:
            services = connected(place)
            with pytest.raises(WrongPlace) as refusal:
                services.commands.publish("N#acme", "N#1")

        assert "expected is environment 'local', application 'cqrs', cqrs-clone" in str(
            refusal.value
        )
        assert f"set AWS_ENDPOINT_URL={place.url}" in str(refusal.value)
        assert "make up" in str(refusal.value)

    @pytest.fixture
    def own_emulator_is_down(self, monkeypatch) -> None:
        down = SimpleNamespace(endpoint_url=lambda: None)
        monkeypatch.setattr(tooling.background_emulator, "BackgroundEmulator", lambda: down)
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)

    @pytest.mark.usefixtures("own_emulator_is_down")
    def test_the_port_that_is_chosen_is_asked_while_its_emulator_is_down(self, monkeypatch, capsys):
        with listening(Answering({**OWN, "cqrs-clone": "ba9876543210"})) as stranger:
            port = stranger.url.rpartition(":")[2]
            monkeypatch.setenv("EMULATOR_PORT", port)
            code = run(["get", "N#acme", "N#1"])

        assert code == 1
        assert len(stranger.asked) == 1
        told = capsys.readouterr().err
        assert "holds another deployment than this clone's local" in told
        assert f"Your emulator on port {port} is not running: `make up` starts it" in told

    @pytest.mark.usefixtures("own_emulator_is_down")
    def test_a_port_where_nobody_answers_is_told_too(self, monkeypatch, capsys):
        monkeypatch.setenv("EMULATOR_PORT", "9")

        assert run(["get", "N#acme", "N#1"]) == 1
        assert "Your emulator on port 9 is not running: `make up`" in capsys.readouterr().err

    @pytest.mark.usefixtures("own_emulator_is_down")
    def test_a_port_that_is_none_is_told(self, monkeypatch, capsys):
        monkeypatch.setenv("EMULATOR_PORT", "OTHER")

        assert run(["get", "N#acme", "N#1"]) == 1
        assert "EMULATOR_PORT is 'OTHER', which is not a port" in capsys.readouterr().err

    def test_an_id_stays_and_is_not_copied_with_its_clone(self, tmp_path):
        seed = tmp_path / "one" / "clone"
        assert clone_id(seed, tmp_path / "one") == ""

        made = made_clone_id(seed, tmp_path / "one")

        assert made == made_clone_id(seed, tmp_path / "one") == clone_id(seed, tmp_path / "one")
        assert len(made) == 12
        assert clone_id(seed, tmp_path / "two") not in ("", made)
        assert made_clone_id(tmp_path / "three" / "clone", tmp_path / "one") != made
        assert sorted(path.name for path in seed.parent.iterdir()) == ["clone"]
