"""The declarations of an application for itself, deployed by `make up` in a copy of the project.

The emulator of `make up` enforces permissions, so that the function has exactly its role's.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cqrs.read_models.database import Database
from cqrs.read_models.sql_target import Engine, SqlTarget
from stacks.environment.file import load
from tests.integration.deployed import wait_for
from tests.integration.guide import Create, steps
from tests.integration.identities import root
from tests.integration.project_copy import ProjectCopy, copy_project, entered_by_all
from tooling.localstack.suite import ENDPOINT_VARIABLE
from tooling.paths import ROOT
from tooling.postgres import PostgreSql

DOCUMENT = ROOT / "docs" / "event-sources.md"
CALLING = ROOT / "docs" / "calling.md"
PYTHON = re.compile(r"^```python$\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONGEST_COMMAND_SECONDS = 600
REGION = load("local", variables={}).region

FORBIDDEN = """
from app.registry import application


@application.action("delete_all")
def delete_all() -> None:
    name = application.services.settings.commands_table
    application.services.clients.dynamodb.delete_table(TableName=name)
"""

pytestmark = pytest.mark.skipif(
    bool(os.environ.get(ENDPOINT_VARIABLE)), reason="make up starts an emulator of its own"
)


class Deployed:
    """The copy's environment, as its command line and its senders see it."""

    def __init__(self, project: ProjectCopy) -> None:
        self.project = project
        owner = root(f"http://127.0.0.1:{project.port}", REGION)
        self.clients = {name: owner.client(name) for name in ("sqs", "sns", "dynamodb", "lambda")}
        self.clients["s3"] = owner.client("s3")

    def cqrs(self, arguments: str) -> Any:
        ended = self.project.run(f".venv/bin/cqrs --json {arguments}", LONGEST_COMMAND_SECONDS)
        assert ended.returncode == 0, ended.stdout
        return json.loads(ended.stdout)

    def python(self, program: str, shell: str = "") -> str:
        """Run a program of a page, in a shell that was prepared."""
        (self.project.folder / "program.py").write_text(program)
        command = f"{shell}\n.venv/bin/python program.py"
        ended = self.project.run(command, LONGEST_COMMAND_SECONDS)
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    def rows(self, statement: str) -> list[Any]:
        """Ask the database of the copy's read models."""
        server = PostgreSql(self.project.folder / ".tools" / "run" / "postgres")
        database = Database(SqlTarget(engine=Engine.URL, url=server.url), lambda _: "")
        try:
            return [list(row) for row in database.run(statement)]
        finally:
            database.close()

    def item(self, pk: str, sk: str) -> dict[str, Any]:
        """Wait for an item."""
        arguments = f".venv/bin/cqrs --json get '{pk}' '{sk}'"

        def found() -> dict[str, Any] | None:
            ended = self.project.run(arguments, LONGEST_COMMAND_SECONDS)
            return json.loads(ended.stdout) if ended.returncode == 0 else None

        return wait_for(found, f"{pk} {sk}", 120, 1)

    def letters(self, source: str) -> list[dict[str, Any]]:
        """Wait for dead letters of a source."""
        return wait_for(
            lambda: self.cqrs(f"dead-letters {source}")["items"] or None, source, 120, 1
        )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with entered_by_all() as made:
        yield made / "clone"


@pytest.fixture(scope="module")
def deployed(folder: Path) -> Iterator[Deployed]:
    """Deploy the examples of the page, with a schedule that can be waited for."""
    project = copy_project(folder)
    for step in steps(DOCUMENT.read_text(encoding="utf-8")):
        assert isinstance(step, Create)
        file = project.folder / step.path
        assert not file.exists()
        file.write_text(step.content.replace("rate(1 day)", "rate(1 minute)"))
    (project.folder / "lambda_src/app/forbidden.py").write_text(FORBIDDEN)
    try:
        ended = project.run("make up", LONGEST_COMMAND_SECONDS)
        assert ended.returncode == 0, ended.stdout
        assert "The database of read models has its tables" in ended.stdout
        yield Deployed(project)
    finally:
        project.run("make down", LONGEST_COMMAND_SECONDS)


def test_a_row_of_sql_follows_a_command_from_the_first_on(deployed: Deployed):
    attributes = """--attributes '{"country": "Italy", "latitude": 45.5, "longitude": 12.3}'"""
    deployed.cqrs(f"publish 'AIRPORT#acme' 'AIRPORT#VCE' --name Venezia {attributes} --wait")

    (row,) = deployed.rows("SELECT name, version FROM airports_by_place WHERE sk = 'AIRPORT#VCE'")

    assert row == ["Venezia", 1]


def test_a_message_is_handled(deployed: Deployed):
    attributes = """--attributes '{"country": "USA"}'"""
    deployed.cqrs(f"publish 'AIRPORT#acme' 'AIRPORT#JFK' --name Idlewild {attributes} --wait")
    url = deployed.clients["sqs"].get_queue_url(QueueName="local-cqrs-airport-renamings")
    body = json.dumps({"tenant": "acme", "code": "JFK", "name": "Kennedy"})

    deployed.clients["sqs"].send_message(QueueUrl=url["QueueUrl"], MessageBody=body)

    wait_for(
        lambda: deployed.item("AIRPORT#acme", "AIRPORT#JFK")["name"] == "Kennedy" or None, "JFK"
    )


def test_a_message_that_cannot_be_read_is_a_dead_letter_and_can_be_given_back(deployed: Deployed):
    sqs = deployed.clients["sqs"]
    url = sqs.get_queue_url(QueueName="local-cqrs-airport-renamings")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="{}")

    (letter,) = deployed.letters("airport-renamings")
    assert letter["error"] == "ValidationError"
    assert letter["reason"] == "A renaming needs tenant, code and name."
    (given,) = deployed.cqrs("redrive airport-renamings")["items"]
    assert given["result"] == "given back"
    (again,) = deployed.letters("airport-renamings")
    assert again["message"] != letter["message"]


def test_the_page_on_calls_runs_as_it_stands(deployed: Deployed):
    publish, action, message = (
        block for block in PYTHON.findall(CALLING.read_text(encoding="utf-8")) if "local" in block
    )
    exports = re.findall(r"^\$ (export .+)$", CALLING.read_text(encoding="utf-8"), re.MULTILINE)
    shell = "\n".join(exports).replace("4566", str(deployed.project.port))

    deployed.python(publish)
    deployed.item("AIRPORT#acme", "AIRPORT#KIX")
    told = deployed.python(action, shell)
    deployed.python(message, shell)

    assert "'status': 'ok'" in told
    assert "'name': 'Kansai'" in told
    wait_for(
        lambda: (
            deployed.item("AIRPORT#acme", "AIRPORT#KIX")["name"] == "Kansai International" or None
        ),
        "KIX",
    )


def test_an_announcement_is_handled(deployed: Deployed):
    (topic,) = (
        one["TopicArn"]
        for one in deployed.clients["sns"].list_topics()["Topics"]
        if one["TopicArn"].endswith(":local-cqrs-announcements")
    )

    sent = deployed.clients["sns"].publish(TopicArn=topic, Message="Hello")

    found = deployed.item("ANNOUNCEMENT#acme", f"ANNOUNCEMENT#{sent['MessageId']}")
    assert found["attributes"] == {"text": "Hello"}


def order(number: str, total: str) -> dict[str, Any]:
    return {"pk": {"S": "acme"}, "sk": {"S": number}, "total": {"N": total}}


def test_an_item_of_the_table_is_handled_and_one_that_is_wrong_is_set_aside(deployed: Deployed):
    table = "local-cqrs-orders"

    deployed.clients["dynamodb"].put_item(TableName=table, Item=order("1", "12.5"))
    deployed.clients["dynamodb"].put_item(TableName=table, Item=order("2", "12"))

    assert deployed.item("ORDER#acme", "ORDER#2")["attributes"] == {"total": 12}
    # Lambda delivers a record at least once, so its letter may be there twice.
    told = {(letter["body"], letter["reason"]) for letter in deployed.letters("orders")}
    ((body, reason),) = told
    assert reason == "An order needs pk, sk and total, a whole number."
    assert json.dumps(order("1", "12.5")["total"]) in body


def test_a_file_is_imported(deployed: Deployed):
    bucket = "local-cqrs-arriving-files-000000000000"
    content = (
        b"iata,name,city,state,country,latitude,longitude\nOSL,Gardermoen,Oslo,,Norway,60,11\n"
    )

    deployed.clients["s3"].put_object(Bucket=bucket, Key="airports.csv", Body=content)

    def job() -> dict[str, Any] | None:
        jobs = deployed.cqrs("import list --tenant acme")["items"]
        return next((one for one in jobs if one["status"] not in {"CREATED", "PROCESSING"}), None)

    found = wait_for(job, "the end of an import", 180, 1)
    assert found["status"] == "COMPLETED", found


def test_a_day_begins(deployed: Deployed):
    rules = deployed.clients["lambda"].get_policy(FunctionName="local-cqrs-main")["Policy"]
    assert "rule/local-cqrs-day-begins" in rules

    def day() -> list[str] | None:
        found = deployed.clients["dynamodb"].query(
            TableName="local-cqrs-data",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "DAY#acme"}},
        )
        return [item["sk"]["S"] for item in found["Items"]] or None

    (begun,) = wait_for(day, "a day", 180, 1)
    assert begun.startswith("DAY#20")


def test_what_the_function_may_not_do_fails_here_already(deployed: Deployed):
    event = {"source": "direct", "action": "delete_all", "payload": {}}

    answer = deployed.clients["lambda"].invoke(
        FunctionName="local-cqrs-main", Payload=json.dumps(event)
    )

    told = answer["Payload"].read().decode()
    assert "AccessDenied" in told
    assert "dynamodb:DeleteTable" in told


HANDLER = """
from app.registry import application


@application.action("tried")
def tried() -> int:
    return {number}
"""
QUIET_IMPORT_SECONDS = 0.6
"""Time of a new process on a quiet machine to import the application."""
LIVE_SECONDS = 4.0
"""Within so long of its saving a handler is live on a quiet machine."""
BESIDE_TERRAFORM_SECONDS = 5.0
"""All that a change of the stack takes beside Terraform's plan and its apply."""
APPLIED = re.compile(
    r"applied in (?P<all>[\d.]+) s .*plan (?P<plan>[\d.]+), apply (?P<apply>[\d.]+)"
)


class Developing:
    """``make dev`` in the copy."""

    def __init__(self, deployed: Deployed, output: Path) -> None:
        self._deployed = deployed
        self._output = output
        self._process = deployed.project.start("make dev", output)

    def save(self, content: str) -> None:
        (self._deployed.project.folder / "lambda_src/app/tried.py").write_text(content)

    def save_log_level(self, level: str) -> None:
        """Change the function's resource, and not its code."""
        file = self._deployed.project.folder / "environments/local.toml"
        file.write_text(re.sub(r'log_level = "\w+"', f'log_level = "{level}"', file.read_text()))

    def log_level(self) -> str:
        """The level that the deployed function has."""
        function = self._deployed.clients["lambda"].get_function_configuration(
            FunctionName="local-cqrs-main"
        )
        return str(function["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"])

    def told(self, text: str) -> None:
        """Wait until it has told something."""
        try:
            wait_for(lambda: text in self.output or None, f"{text!r} of make dev", 180)
        except AssertionError as error:
            raise AssertionError(f"{error} It told: {self.output[-2000:]}") from None

    @property
    def output(self) -> str:
        return self._output.read_text()

    def answer(self) -> Any:
        event = {"source": "direct", "action": "tried", "payload": {}}
        answer = self._deployed.clients["lambda"].invoke(
            FunctionName="local-cqrs-main", Payload=json.dumps(event)
        )
        return json.loads(answer["Payload"].read()).get("result")

    def end(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(60)

    def is_quiet(self) -> bool:
        """Whether nothing is left of it."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return not list(self._deployed.project.folder.glob(".tools/dev/*/dmypy.json"))
        return False


def applied(output: str) -> dict[str, str]:
    """How long a change of the stack took, and its parts."""
    found = APPLIED.search(output)
    assert found, output
    return found.groupdict()


def import_seconds(deployed: Deployed) -> float:
    begin = time.monotonic()
    deployed.project.run(".venv/bin/python -c 'import app, stacks.environment.file'", 60)
    return time.monotonic() - begin


def test_what_is_saved_is_live_within_seconds(
    deployed: Deployed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    developing = Developing(deployed, tmp_path / "dev.txt")
    try:
        developing.told("Ready")
        taken: list[float] = []
        for number in range(3):
            begin = time.monotonic()
            developing.save(HANDLER.format(number=number))
            wait_for(
                lambda number=number: developing.answer() == number or None, f"{number}", 60, 0.05
            )
            taken.append(time.monotonic() - begin)
        slowness = max(1.0, import_seconds(deployed) / QUIET_IMPORT_SECONDS)
        with capsys.disabled():
            sys.stdout.write(f"live after {[round(s, 1) for s in taken]} s; slow {slowness:.1f}\n")
        assert min(taken) < LIVE_SECONDS * slowness

        second = deployed.project.run("make dev", 60)
        assert second.returncode != 0
        assert "make dev of local runs already: process" in second.stdout

        developing.save(f"{HANDLER.format(number=3)}from cqrs import Nothing\n")
        developing.told("lambda_src/app/tried.py:8:1: error: ImportError")
        developing.told("Nothing is deployed")
        assert developing.answer() == 2
        developing.save(HANDLER.format(number=2))
        developing.told("again what is live")

        developing.save_log_level("INFO")
        developing.told(" applied in")
        assert developing.log_level() == "INFO"
        seconds = {name: float(text) for name, text in applied(developing.output).items()}
        with capsys.disabled():
            sys.stdout.write(f"changed stack applied: {seconds}\n")
        terraform = seconds["plan"] + seconds["apply"]
        assert seconds["all"] - terraform < BESIDE_TERRAFORM_SECONDS * slowness
    finally:
        developing.end()

    assert "Ended; what was live last stays." in developing.output
    assert developing.is_quiet()
    again = deployed.project.run("make up", LONGEST_COMMAND_SECONDS)
    assert "is deployed as it is in this clone" in again.stdout
