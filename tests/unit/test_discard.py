"""Dead letters that are given up with the command line, and what is kept of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

import cli.user
from cqrs.application import Application
from cqrs.resources import Queue, Table
from cqrs.services import Services
from tests.unit.conftest import PREFIX, MotoClients
from tests.unit.letters import Letters, record
from tests.unit.operating import Operator
from tests.unit.sample_events import sqs_event, stream_event

BUCKET = f"{PREFIX}files"
WHY = ("--reason", "Withdrawn by the customer")


class Terminal(StringIO):
    """A person who answers."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def cqrs(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    monkeypatch.setattr(cli.user.getpass, "getuser", lambda: "yamada")
    monkeypatch.setattr("cqrs.dead_letters.queue.LONG_POLL_SECONDS", 0)  # moto is one server
    return Operator(services, monkeypatch, capsys)


@pytest.fixture
def letters(clients: MotoClients) -> Letters:
    return Letters(clients, Table.COMMANDS)


def objects(clients: MotoClients, prefix: str) -> dict[str, Any]:
    entries = clients.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {
        entry["Key"]: json.loads(
            clients.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read()
        )
        for entry in entries
    }


def ids(cqrs: Operator) -> dict[str, str]:
    """Message ids of the letters by their bodies."""
    return {row["body"]: row["message"] for row in cqrs.items("dead-letters")}


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(text))


def test_a_letter_is_deleted_and_kept_with_who_when_and_why(cqrs, clients, letters):
    body = json.dumps({"record": record(1)})
    letters.add(body, error="UnsupportedEventError", reason="lacks requestId", kind="x")
    letters.add("another")
    message = ids(cqrs)[body]
    before = datetime.now(UTC)

    (row,) = cqrs.items("discard", "commands", message, *WHY, "--yes")

    assert (row["message"], row["result"]) == (message, "discarded")
    assert letters.visible == ["another"]
    ((key, kept),) = objects(clients, "discarded/").items()
    assert row["record"] == f"s3://{BUCKET}/{key}"
    assert key == f"discarded/{before:%Y-%m-%d}/commands/{message}.json"
    at, sent_at = kept.pop("discarded_at"), kept.pop("sent_at")
    assert before - timedelta(seconds=1) <= datetime.fromisoformat(at) <= datetime.now(UTC)
    assert abs(datetime.fromisoformat(sent_at) - before) < timedelta(minutes=1)
    assert kept == {
        "by": "yamada",
        "why": "Withdrawn by the customer",
        "source": "commands",
        "message": message,
        "error": "UnsupportedEventError",
        "reason": "lacks requestId",
        "attributes": {"kind": {"DataType": "String", "StringValue": "x"}},
        "body": body,
        "missing": "",
    }


def test_a_letter_is_named_by_what_the_table_shows_of_its_id(cqrs, letters):
    letters.add("first")
    letters.add("second")
    message = ids(cqrs)["first"]
    shown = next(
        line.split()[1] for line in cqrs.run("dead-letters").out.splitlines() if "first" in line
    )
    assert message.startswith(shown)

    cqrs.items("discard", "commands", shown, *WHY, "--yes")

    assert letters.visible == ["second"]


def test_several_letters_and_no_others_are_given_up(cqrs, clients, letters):
    for number in range(25):
        letters.add(str(number))
    known = ids(cqrs)

    rows = cqrs.items("discard", "commands", known["3"], known["17"], *WHY, "--yes")

    assert [row["result"] for row in rows] == ["discarded"] * 2
    assert set(ids(cqrs)) == {str(number) for number in range(25)} - {"3", "17"}
    assert len(objects(clients, "discarded/")) == 2


def test_all_letters_of_a_source_are_given_up_and_the_doctor_is_content(cqrs, clients, letters):
    for number in range(12):
        letters.add(str(number))
    Letters(clients, Queue.NOTIFICATION).add("other")
    findings = cqrs.items("doctor", code=1)
    (finding,) = [found for found in findings if found["subject"] == "commands"]
    assert "`cqrs --env test redrive commands`" in finding["repair"]
    assert "`cqrs --env test discard commands ID --reason TEXT`" in finding["repair"]

    rows = cqrs.items("discard", "commands", "--all", *WHY, "--yes", "--by", "sato")
    cqrs.items("discard", Queue.NOTIFICATION, "--all", *WHY, "--yes")

    assert len(rows) == 12
    assert cqrs.items("doctor") == []
    assert {kept["by"] for kept in objects(clients, "discarded/").values()} == {"sato", "yamada"}


def test_nothing_to_give_up_is_told(cqrs):
    ended = cqrs.run("discard", "commands", "--all", *WHY, "--yes")

    assert (ended.code, ended.out) == (0, "No dead letters of commands.\n")


@pytest.mark.parametrize("said", ["y\n", "yes\n", " Y \n"])
def test_a_person_sees_the_letter_and_is_asked(cqrs, letters, monkeypatch, said):
    letters.add("the body", error="KeyError", reason="no country")
    answer(monkeypatch, said)

    ended = cqrs.run("discard", "commands", "--all", *WHY)

    assert ended.code == 0
    shown, asked_before, _ = ended.out.partition("discarded")
    assert asked_before
    assert all(text in shown for text in ("commands", "KeyError", "no country", "the body"))
    assert "Discard 1 dead letter of commands?" in ended.err
    assert letters.visible == []


@pytest.mark.parametrize("said", ["n\n", "\n", "", "yess\n"])
def test_any_other_answer_leaves_it(cqrs, clients, letters, monkeypatch, said):
    letters.add("the body")
    answer(monkeypatch, said)

    ended = cqrs.run("discard", "commands", "--all", *WHY)

    assert ended.code == 1
    assert ended.out.endswith("Nothing was discarded.\n")
    assert letters.visible == ["the body"]
    assert objects(clients, "discarded/") == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("commands", *WHY, "--yes"), "--all"),
        (("commands", "x", "--all", *WHY, "--yes"), "--all"),
        (("commands", "", *WHY, "--yes"), "empty"),
        (("commands", "--all", "--yes"), "--reason"),
        (("commands", "--all", "--reason", " ", "--yes"), "--reason"),
        (("commands", "--all", *WHY, "--by", "", "--yes"), "--by"),
        (("commands", "--all", *WHY), "--yes"),
        (("lost-and-found", "--all", *WHY, "--yes"), "has no dead letters"),
    ],
)
def test_wrong_usage_discards_nothing(cqrs, letters, monkeypatch, arguments, words):
    letters.add("the body")
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))

    ended = cqrs.run("discard", *arguments)

    assert ended.code == 2
    assert words in ended.err
    assert letters.visible == ["the body"]


def test_json_asks_nobody(cqrs, letters, monkeypatch):
    letters.add("the body")
    answer(monkeypatch, "y\n")

    ended = cqrs.run("--json", "discard", "commands", "--all", *WHY)

    assert (ended.code, ended.document["error"]) == (2, "Usage")
    assert letters.visible == ["the body"]


def test_an_id_that_names_none_or_several_discards_nothing(cqrs, letters, monkeypatch):
    letters.add("the body")
    (message,) = ids(cqrs).values()

    none = cqrs.run("discard", "commands", message, "nobody", *WHY, "--yes")
    assert (none.code, "begins with nobody" in none.err) == (1, True)

    letters.add("another")
    monkeypatch.setattr("cli.groups.discards._checked_ids", lambda _ids, **_every: [""])
    several = cqrs.run("discard", "commands", "x", *WHY, "--yes")
    assert (several.code, "names 2 letters" in several.err) == (1, True)
    assert len(letters.visible) == 2


def test_a_letter_that_somebody_else_has_taken_is_told(cqrs, letters):
    letters.add("the body")
    letters.hide()

    ended = cqrs.run("discard", "commands", "--all", *WHY, "--yes")

    assert ended.code == 1
    assert "1 more is being looked at" in ended.out


def test_a_letter_that_goes_while_a_person_thinks_is_told(cqrs, clients, letters, monkeypatch):
    letters.add("the body")

    class Slow(Terminal):
        def readline(self, *_size: int) -> str:  # type: ignore[override]
            letters.hide()
            return "y\n"

    monkeypatch.setattr("sys.stdin", Slow())

    ended = cqrs.run("discard", "commands", "--all", *WHY)

    assert ended.code == 1
    assert "not there any more, or somebody is looking at it" in " ".join(ended.out.split())
    assert objects(clients, "discarded/") == {}


def test_a_letter_is_not_deleted_before_it_is_recorded(cqrs, clients, letters):
    letters.add("the body")

    def refuse(**_details: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    clients.s3.meta.events.register("provide-client-params.s3.PutObject", refuse)

    (row,) = cqrs.items("discard", "commands", "--all", *WHY, "--yes", code=1)

    assert row["result"].startswith("left there: ClientError")
    assert letters.visible == ["the body"]


def test_after_a_crash_between_record_and_deletion_there_is_one_record(cqrs, clients, letters):
    letters.add("the body")
    refused = iter([True])

    def refuse(**_details: Any) -> None:
        if next(refused, False):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteMessage")

    clients.sqs.meta.events.register("provide-client-params.sqs.DeleteMessage", refuse)

    (first,) = cqrs.items("discard", "commands", "--all", *WHY, "--yes", code=1)
    assert letters.visible == ["the body"]
    (second,) = cqrs.items("discard", "commands", "--all", *WHY, "--yes")

    assert first["record"] == second["record"]
    assert len(objects(clients, "discarded/")) == 1


@pytest.fixture
def set_aside(settings, clients) -> dict[str, Any]:
    """A record of which the letter holds a summary alone."""
    image = {"pk": {"S": "LEGACY#acme"}, "sk": {"S": "OLD#1@1"}, "blob": {"S": "x" * 300 * 1024}}
    event = stream_event(image)
    Application(settings, clients).handle(event)
    return event["Records"][0]


def test_the_record_holds_the_whole_body_and_the_letters_own_is_removed(
    cqrs, clients, letters, set_aside
):
    cqrs.items("discard", "commands", "--all", *WHY, "--yes")

    (kept,) = objects(clients, "discarded/").values()
    assert json.loads(kept["body"]) == {"record": set_aside}
    assert objects(clients, "dead-letters/") == {}
    assert letters.visible == []


def test_the_record_of_a_message_holds_its_own_attributes(cqrs, settings, clients):
    event = sqs_event("no notification", queue=f"{PREFIX}{Queue.NOTIFICATION}")
    event["Records"][0]["messageAttributes"] = {
        "error": {"dataType": "Binary", "binaryValue": "AP8="},
        "kind": {"dataType": "String", "stringValue": "note"},
    }
    Application(settings, clients).handle(event)

    cqrs.items("discard", Queue.NOTIFICATION, "--all", *WHY, "--yes")

    (kept,) = objects(clients, "discarded/").values()
    assert (kept["error"], kept["body"]) == ("ValidationError", "no notification")
    assert kept["attributes"] == {
        "error": {"DataType": "Binary", "BinaryValue": "AP8="},
        "kind": {"DataType": "String", "StringValue": "note"},
    }


def test_a_letter_whose_body_is_lost_can_be_given_up_too(cqrs, clients, letters, set_aside):
    (key,) = objects(clients, "dead-letters/")
    clients.s3.delete_object(Bucket=BUCKET, Key=key)

    cqrs.items("discard", "commands", "--all", *WHY, "--yes")

    (kept,) = objects(clients, "discarded/").values()
    assert "does not exist" in kept["missing"]
    assert json.loads(kept["body"])["place"] == set_aside["dynamodb"]["SequenceNumber"]
    assert letters.visible == []


def test_what_was_given_up_is_listed(cqrs, letters):
    assert cqrs.run("discarded").out == "No discarded letters.\n"
    letters.add("the body", error="KeyError", reason="no country")
    cqrs.items("discard", "commands", "--all", *WHY, "--yes")

    (row,) = cqrs.items("discarded")

    assert (row["by"], row["why"], row["body"]) == ("yamada", WHY[1], "the body")
    assert row["record"].startswith(f"s3://{BUCKET}/discarded/")
    assert "yamada" in cqrs.run("discarded").out
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert len(cqrs.items("discarded", "--since", datetime.now(UTC).date().isoformat())) == 1
    assert cqrs.items("discarded", "--since", tomorrow) == []
    assert len(cqrs.items("discarded", "--since", "0001-01-01")) == 1
    assert cqrs.run("discarded", "--since", "yesterday").code == 2


def test_since_finds_a_letter_that_waited_for_long(cqrs, clients):
    """Records lie under the day on which the letter came."""
    now = datetime.now(UTC)
    for days, discarded_at in ((14, now), (13, now - timedelta(days=10))):
        day = (now - timedelta(days=days)).date().isoformat()
        kept = {"discarded_at": discarded_at.isoformat(), "by": "x", "why": "y", "body": str(days)}
        clients.s3.put_object(
            Bucket=BUCKET,
            Key=f"discarded/{day}/commands/{days}.json",
            Body=json.dumps({**kept, "source": "commands", "message": "m"}).encode(),
        )

    rows = cqrs.items("discarded", "--since", now.date().isoformat())

    assert [row["body"] for row in rows] == ["14"]


COMPLETE = (
    b'{"discarded_at": "2026-01-01T00:00:00Z", "by": "x", "reason": "y", "source": "commands", '
    b'"message": "m", "error": "e", "why": "w", "body": "b"}'
)


@pytest.mark.parametrize(
    "stored",
    [
        b"\xff",
        b"[]",
        b"1" * 5000,
        b"{}",
        b'{"discarded_at": 1}',
        b'{"discarded_at": "2026-01-01T00:00:00Z", "by": "x"}',
        COMPLETE.replace(b"}", b', "y": NaN}'),
    ],
)
def test_a_damaged_record_is_named_and_hides_no_other(cqrs, clients, letters, stored):
    letters.add("the body")
    cqrs.items("discard", "commands", "--all", *WHY, "--yes")
    key = "discarded/2026-01-01/commands/x.json"
    clients.s3.put_object(Bucket=BUCKET, Key=key, Body=stored)

    ended = cqrs.run("--json", "discarded")

    assert (ended.code, len(ended.document["items"])) == (0, 1)
    assert ended.document["note"] == (
        f"s3://{BUCKET}/{key} cannot be read: it is not a record of a letter."
    )


def test_a_record_that_s3_refuses_is_named_and_hides_no_other(cqrs, clients, letters, monkeypatch):
    letters.add("the body")
    cqrs.items("discard", "commands", "--all", *WHY, "--yes")
    key = "discarded/2026-01-01/commands/x.json"
    clients.s3.put_object(Bucket=BUCKET, Key=key, Body=COMPLETE)
    read = clients.s3.get_object

    def archived(**request: str) -> Any:
        if request["Key"] == key:
            refused = {
                "Code": "InvalidObjectState",
                "Message": "It is archived",
            }
            raise ClientError({"Error": refused}, "GetObject")
        return read(**request)

    monkeypatch.setattr(clients.s3, "get_object", archived)

    ended = cqrs.run("--json", "discarded")

    assert (ended.code, len(ended.document["items"])) == (0, 1)
    assert f"s3://{BUCKET}/{key} cannot be read: " in ended.document["note"]
    assert "InvalidObjectState" in ended.document["note"]
