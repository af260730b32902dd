"""The start of ``cqrs``: what it imports, and the time of a processor that it takes.

The imports are the same whenever they are looked at. Times are not, so they are measured against
those of the interpreter and of the AWS SDK on the same machine.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.main import get_group

from cli.catalogue import COMMANDS
from cli.commands_on_demand import registered_by
from cqrs.core.attribute_values import to_attribute_values
from tests.unit.answering import Answering, listening

OF_AWS = {"boto3", "botocore", "s3transfer", "urllib3"}
OF_ENVIRONMENTS = {"cdktf", "jsii", "stacks.environment.model", "stacks.options", "tooling"}
OF_DRAWING = {"rich", "pygments", "markdown_it"}
OF_THE_FUNCTION = {"aws_lambda_powertools", "app", "simplejson"}

NOT_FOR_HELP = OF_AWS | OF_ENVIRONMENTS - {"stacks.options"} | OF_DRAWING | OF_THE_FUNCTION
NOT_FOR_THE_FIRST_HELP = NOT_FOR_HELP | {"pydantic", "stacks.options"}
"""Typer reads the options before a command with pydantic; the help without a command reads none."""

NOT_FOR_A_READ = {"boto3", "s3transfer", "cdktf", "jsii", "rich", "app", "simplejson"}

MODULES = """
import atexit, sys
atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))
from cli.main import main
main()
"""

EVERY_HELP = """
import sys
from cli.catalogue import COMMANDS
from cli.command_line import run
for name in COMMANDS:
    assert run([name, "--help"]) == 0
print(*sorted(sys.modules), file=sys.stderr)
"""

TRIES = 5
"""Of each comparison, of which the least counts."""


class OneItem(Answering):
    """An environment with one item in its data table."""

    def answer(self, method: str, path: str, operation: str) -> tuple[int, str, dict[str, str]]:
        if operation.endswith(".GetItem"):
            item = {"pk": "NOTE#acme", "sk": "NOTE#1", "version": 1, "name": "n", "attributes": {}}
            return 200, json.dumps({"Item": to_attribute_values(item)}), {}
        return super().answer(method, path, operation)


@pytest.fixture
def emulator() -> Iterator[Answering]:
    with listening(OneItem({"environment": "local", "application": "cqrs"})) as answering:
        yield answering


def ran(program: str, *arguments: str, url: str = "http://127.0.0.1:9") -> str:
    """The output of a program on stderr."""
    # Without byte code Python would compile the project again each time, and no library.
    dropped = ("AWS_", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**inherited, "AWS_ENDPOINT_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stderr


def imported(modules: str) -> set[str]:
    """The names of modules, and of all that they belong to."""
    names = set(modules.split())
    return names | {".".join(name.split(".")[:end]) for name in names for end in (1, 2)}


def processor_seconds(program: str, *arguments: str, url: str = "http://127.0.0.1:9") -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran(program, *arguments, url=url)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def times_the_sdk(*arguments: str, url: str = "http://127.0.0.1:9") -> float:
    """Processor time of a command, as a multiple of that of importing boto3 right before it."""
    return min(
        processor_seconds(MODULES, *arguments, url=url) / sdk
        for sdk in (processor_seconds("import boto3") for _ in range(TRIES))
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_the_list_of_commands_loads_none(arguments):
    modules = imported(ran(MODULES, *arguments))

    assert modules & NOT_FOR_THE_FIRST_HELP == set()
    assert "cli.groups" not in modules


def test_no_help_imports_what_only_its_command_needs():
    assert imported(ran(EVERY_HELP)) & NOT_FOR_HELP == set()


def test_a_read_imports_what_reads_and_no_more(emulator):
    modules = imported(ran(MODULES, "--json", "get", "NOTE#acme", "NOTE#1", url=emulator.url))

    assert "botocore" in modules
    assert modules & NOT_FOR_A_READ == set()


def test_it_takes_no_longer_than_what_it_cannot_do_without(emulator):
    assert times_the_sdk("--help") < 1
    assert times_the_sdk("task", "--help") < 1.5
    assert times_the_sdk("--json", "get", "NOTE#acme", "NOTE#1", url=emulator.url) < 3


def test_the_catalogue_says_of_commands_what_they_say_themselves():
    modules = dict.fromkeys(entry.module for entry in COMMANDS.values())
    told = {
        name: (module, " ".join((command.help or "").partition("\n\n")[0].split()))
        for module in modules
        for name, command in get_group(registered_by(module)).commands.items()
    }

    assert told == {name: (entry.module, entry.summary) for name, entry in COMMANDS.items()}
