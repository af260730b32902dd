"""Environment files that cannot be used are refused with file, key and reason."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stacks.environment.file import load
from stacks.environment_files import FOLDER, EnvironmentFileError, names

if TYPE_CHECKING:
    from pathlib import Path

VALID = """
application = "cqrs"
account_id = "111111111111"
region = "ap-northeast-1"
"""

LAYER = "arn:aws:lambda:ap-northeast-1:111111111111:layer:pydantic"

REFUSED = {
    "unknown key": ('aplication = "x"', "aplication: is not a known key"),
    "unknown key of a table": ("[ttl_days]\norders = 1", "ttl_days.orders: is not a known key"),
    "wrong type": ('deletion_protection = "yes"', "deletion_protection: must be true or false"),
    "number for text": ("endpoint = 4566", "endpoint: must be text in quotes; it is 4566"),
    "days below none": (
        "[import_csv]\nuploads_days = -1",
        "import_csv.uploads_days: must be at least 0; it is -1",
    ),
    "fraction": ("[streams]\nbatch_size = 1.5", "streams.batch_size: must be a whole number"),
    "value for a table": ("[tags]\nteam = 3", "tags.team: must be text in quotes; it is 3"),
    "table for a value": ("function = 3", "function: must be a table; it is 3"),
    "too little": ("[function]\nmemory_mb = 64", "function.memory_mb: must be at least 128"),
    "too much": ("[function]\ntimeout_seconds = 901", "must be at most 900; it is 901"),
    "not a retention": (
        "[logs]\nfunction_retention_days = 10",
        "logs.function_retention_days: must be a period that CloudWatch Logs accepts",
    ),
    "not a layer's version": (
        '[function]\nlayers = ["arn:aws:lambda:ap-northeast-1:111111111111:layer:pydantic"]',
        "function.layers.0: must be the ARN of a layer's version, "
        "arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION; it is 'arn:aws:lambda:",
    ),
    "layer of another region": (
        f'[function]\nlayers = ["{LAYER}:1", "{LAYER.replace("ap-northeast-1", "us-east-1")}:1"]',
        "function.layers: arn:aws:lambda:us-east-1:111111111111:layer:pydantic:1 is of another "
        "region; a function takes layers of its own one, which begin with "
        "arn:aws:lambda:ap-northeast-1:",
    ),
    "layer of another partition": (
        f'[function]\nlayers = ["{LAYER.replace("aws", "aws-cn", 1)}:1"]',
        "function.layers: arn:aws-cn:lambda:ap-northeast-1:",
    ),
    "too many layers": (
        f"[function]\nlayers = {[f'{LAYER}-{number}:1' for number in range(6)]}",
        "function.layers: must have at most 5 entries",
    ),
    "not a URL": ('endpoint = "localhost"', "endpoint: must be a URL such as http://"),
    "user in a URL": (
        'endpoint = "http://me:hush@localhost:4566"',
        "endpoint: must be a URL without a user, such as http://localhost:4566; "
        "it is 'http://***@localhost:4566'",
    ),
    "user in what is no URL": (
        'endpoint = "ftp://me:hush@localhost"',
        "endpoint: must be a URL such as http://localhost:4566; it is 'ftp://***@localhost'",
    ),
    "not a dialect": ('dialect = "azure"', "dialect: must be 'aws' or 'emulator'; it is 'azure'"),
    "emulator without endpoint": ('dialect = "emulator"', 'dialect: must be "emulator" if'),
    "wait longer than the execution": (
        "[command]\nwait_seconds = 86400",
        "command: wait_seconds must be less than execution_timeout_seconds, 86400",
    ),
    "reserved tag": (
        '[tags]\nenvironment = "other"\nteam = "a"',
        "tags: must leave environment to the project, which sets it itself",
    ),
    "reserved tag in upper case": (
        '[tags]\nEnvironment = "other"',
        "tags: must leave environment to the project",
    ),
    "tag twice": (
        '[tags]\nTeam = "a"\nteam = "b"',
        "tags: has team twice, in upper and lower case",
    ),
    "tag of AWS's own": (
        '[tags]\n"aws:team" = "a"',
        "tags: has a tag that AWS refuses, 'aws:team'",
    ),
    "tag with too much": (
        f'[tags]\nteam = "{"a" * 257}"',
        "tags: has a tag that AWS refuses, 'team'",
    ),
    "tag with odd characters": ('[tags]\nteam = "a;b"', "tags: has a tag that AWS refuses, 'team'"),
    "too many tags": (
        "[tags]\n" + "\n".join(f't{number} = "a"' for number in range(48)),
        "tags: has 48 tags; a resource takes 46 beside its own",
    ),
    "every bucket": (
        '[import_csv]\nsource_buckets = ["*"]',
        "import_csv.source_buckets.0: must be a bucket's name, such as my-team-files; it is '*'",
    ),
    "no bucket": (
        '[import_csv]\nsource_buckets = [""]',
        "source_buckets.0: must be a bucket's name",
    ),
    "bucket as a URL": (
        '[import_csv]\nsource_buckets = ["s3://files"]',
        "source_buckets.0: must be a bucket's name",
    ),
    "longer than a state can be": (
        "[command]\nexecution_timeout_seconds = 100000000",
        "command.execution_timeout_seconds: must be at most 99999999; it is 100000000",
    ),
    "execution shorter than a call": (
        "[task]\nexecution_timeout_seconds = 59",
        "task.execution_timeout_seconds: must be at least the 60 s that one call may take "
        "(function.timeout_seconds); it is 59",
    ),
    "import shorter than a call": (
        "[import_csv]\nexecution_timeout_seconds = 59",
        "import_csv.execution_timeout_seconds: must be at least the 60 s that one call may take "
        "(function.timeout_seconds); it is 59",
    ),
    "less than two batches at a time": (
        "[queues.max_concurrency]\nown = 1",
        "queues.max_concurrency.own: must be at least 2; it is 1",
    ),
    "queues that take more than is reserved": (
        "[function]\nreserved_concurrency = 139",
        # A team may have declared more queues than the sample has.
        " of the function's concurrency together, and function.reserved_concurrency is 139",
    ),
    "tries that outlast the queue": (
        "[queues]\nmax_receive_count = 65\n[function]\ntimeout_seconds = 900",
        "queues.max_receive_count: 65 tries of a message, 5400 s apart, take longer than a queue "
        "keeps it (345600 s)",
    ),
    "address that is none": (
        '[[monitoring.subscriptions]]\nprotocol = "email"\nendpoint = "operators"',
        "monitoring.subscriptions.0: endpoint: must be as operators@example.com for the protocol "
        "email; it is 'operators'",
    ),
    "endpoint of another protocol": (
        '[[monitoring.subscriptions]]\nprotocol = "sqs"\nendpoint = "https://example.com"',
        "endpoint: must be as arn:aws:sqs:REGION:ACCOUNT:NAME for the protocol sqs",
    ),
    "subscription that is there already": (
        '[[monitoring.subscriptions]]\nprotocol = "email"\nendpoint = "a@example.com"\n' * 2,
        "monitoring.subscriptions: names a subscription twice",
    ),
    "name of the file": ('name = "dev"', "name: is the name of the file; remove the key"),
    "broken TOML": ("region = ", "is not valid TOML"),
    "deep TOML": ("a = " + "[" * 5000 + "]" * 5000, "nested too deep"),
}


def write(folder: Path, text: str, name: str = "team") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_refusal_names_file_key_and_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = write(tmp_path, VALID + text)

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    (line,) = str(refusal.value).splitlines()
    assert line.startswith(f"{path}: ")
    assert reason in line


@pytest.mark.parametrize("key", ["application", "account_id", "region"])
def test_required_key(tmp_path: Path, key: str) -> None:
    lines = [line for line in VALID.splitlines() if not line.startswith(key)]
    write(tmp_path, "\n".join(lines))

    with pytest.raises(EnvironmentFileError, match=f"{key}: is required"):
        load("team", tmp_path)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, f"\ufeff{VALID}")

    assert load("team", tmp_path).name == "team"


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    write(tmp_path, 'application = "CQRS"\naccount_id = 1\nregion = "tokyo"\ncolour = "red"')

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    keys = [line.split(": ")[1] for line in str(refusal.value).splitlines()]
    assert sorted(keys) == ["account_id", "application", "colour", "region"]


def test_name_too_long_for_aws_names_the_resource(tmp_path: Path) -> None:
    write(tmp_path, VALID.replace("cqrs", "a" * 38))

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    bucket = f"team-{'a' * 38}-tfstate-111111111111"
    assert f"the bucket name {bucket} has 64 characters" in str(refusal.value)


@pytest.mark.usefixtures("nothing_declared")
def test_longest_name_that_fits(tmp_path: Path) -> None:
    write(tmp_path, VALID.replace("cqrs", "a" * 37))

    assert load("team", tmp_path).function_name == f"team-{'a' * 37}-main"


def test_a_heartbeat_that_comes_after_the_timeout_is_refused(tmp_path: Path) -> None:
    write(tmp_path, f"{VALID}[approval]\ntimeout_seconds = 60\n")

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    assert "heartbeat_seconds must be less than timeout_seconds, 60" in str(refusal.value)


def test_layers_of_the_region_are_kept_in_their_order(tmp_path: Path) -> None:
    layers = [f"{LAYER}-{number}:{number}" for number in (5, 3, 1, 4, 2)]
    write(tmp_path, f"{VALID}[function]\nlayers = {layers}")

    assert load("team", tmp_path).function.layers == layers
    write(tmp_path, VALID)
    assert load("team", tmp_path).function.layers == []


def test_missing_file_lists_the_environments(tmp_path: Path) -> None:
    write(tmp_path, VALID, "one")
    write(tmp_path, VALID, "two")

    with pytest.raises(EnvironmentFileError, match="no such environment; there are: one, two"):
        load("three", tmp_path)


def test_endpoint_variable_moves_an_emulator_only(tmp_path: Path) -> None:
    write(tmp_path, VALID, "account")
    write(tmp_path, f'{VALID}endpoint = "http://localhost:4566"\ndialect = "emulator"', "emulator")
    variables = {"AWS_ENDPOINT_URL": "http://localhost:14566"}

    assert load("emulator", tmp_path, variables).endpoint == "http://localhost:14566"
    assert load("account", tmp_path, variables).endpoint is None


def test_what_all_share_stands_once(tmp_path: Path) -> None:
    write(tmp_path, 'application = "cqrs"\n[logs]\nfunction_retention_days = 30', "common")
    own = 'account_id = "111111111111"\nregion = "ap-northeast-1"\n'
    write(tmp_path, own, "one")
    write(tmp_path, f"{own}application = 'other'\n[logs]\nstate_machine_retention_days = 7", "two")

    one, two = load("one", tmp_path), load("two", tmp_path)

    assert (one.application, two.application) == ("cqrs", "other")
    assert (one.logs.function_retention_days, one.logs.state_machine_retention_days) == (30, 180)
    assert (two.logs.function_retention_days, two.logs.state_machine_retention_days) == (30, 7)


def test_what_all_share_is_no_environment(tmp_path: Path) -> None:
    write(tmp_path, VALID, "common")
    write(tmp_path, "", "one")

    assert names(tmp_path) == ["one"]
    with pytest.raises(EnvironmentFileError, match=r"common.toml: no such environment.*: one"):
        load("common", tmp_path)


def test_a_refusal_names_the_file_that_has_the_key(tmp_path: Path) -> None:
    write(
        tmp_path, 'aplication = "cqrs"\nregion = 1\n[logs]\nfunction_retention_days = 2', "common"
    )
    write(tmp_path, 'region = "x"\nnote = 1', "one")

    with pytest.raises(EnvironmentFileError) as refusal:
        load("one", tmp_path)

    found = {tuple(line.split(": ")[:2]) for line in str(refusal.value).splitlines()}
    common, own = str(tmp_path / "common.toml"), str(tmp_path / "one.toml")
    assert found == {
        (common, "aplication"),
        (common, "logs.function_retention_days"),
        (own, "application"),
        (own, "account_id"),
        (own, "region"),
        (own, "note"),
    }


@pytest.mark.parametrize("name", names())
def test_committed_environments_are_valid(name: str) -> None:
    assert load(name, variables={}).name == name


@pytest.mark.parametrize("name", sorted({"stg", "prod"} & set(names())))
def test_environments_with_data_are_protected(name: str) -> None:
    environment = load(name, variables={})

    assert environment.deletion_protection
    assert environment.point_in_time_recovery


def test_main_prints_the_refusal_and_nothing_else() -> None:
    run = subprocess.run(
        [sys.executable, str(FOLDER.parent / "main.py")],
        env={**os.environ, "CQRS_ENVIRONMENT": "nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == (
        f"{FOLDER / 'nowhere.toml'}: no such environment; there are: {', '.join(names())}.\n"
    )
