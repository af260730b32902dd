"""``cqrs retry`` on several commands: named, listed, or all that failed."""

from __future__ import annotations

import json
from io import BytesIO, StringIO, TextIOWrapper

import pytest

from cqrs.aws.item_store import Put, Update
from cqrs.services import Services
from tests.unit.operating import Operator

TYPE, TENANT = "AIRPORT", "acme"
PK = f"{TYPE}#{TENANT}"


class Terminal(StringIO):
    """A person who answers."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    return Operator(services, monkeypatch, capsys)


@pytest.fixture
def fail(services: Services, execute):
    """Publish versions of an item of which the first fails, and with it those behind it."""

    def fail_chain(sk: str, count: int = 1, pk: str = PK, at: str | None = None) -> list[str]:
        keys = [
            services.commands.publish(pk, sk, attributes={"n": version}, version=version).key
            for version in range(count)
        ]
        first, *behind = keys
        execute(first).fail("KeyError", "no country")
        for key in behind:
            assert execute(key).check() == -1
        if at is not None:
            table = services.settings.commands_table
            services.store.update(Update(table, pk, first.sk, {"finishedAt": at}))
        return [str(key) for key in keys]

    return fail_chain


def started(rows: list[dict]) -> list[str]:
    return [f"{row['pk']} {row['sk']}" for row in rows if row["attempt"] is not None]


def test_one_command_brings_its_whole_chain_through(cqrs, fail):
    chain = fail("AIRPORT#JFK", 3)

    rows = cqrs.items("retry", *chain[0].split())

    assert started(rows) == chain
    assert {row["attempt"] for row in rows} == {1}


def test_several_commands_start_each_once_and_one_that_is_refused_stops_none(cqrs, fail):
    first, second = fail("AIRPORT#JFK", 2), fail("AIRPORT#LAX")

    words = [*first[0].split(), PK, "AIRPORT#NRT@1", *first[1].split(), *second[0].split()]
    rows = cqrs.items("retry", *words, code=1)

    assert started(rows) == [*first, *second]
    (refused,) = [row for row in rows if row["attempt"] is None]
    assert refused["sk"] == "AIRPORT#NRT@1"
    assert "There is no command" in refused["problem"]
    assert "There is no command" in " ".join(cqrs.run("retry", *words).out.split())


@pytest.mark.parametrize("words", [["--from", "FILE"], ["-"], ["--from", "-"]])
def test_a_list_is_read(cqrs, fail, tmp_path, monkeypatch, words):
    first, second, third = (fail(f"AIRPORT#{name}") for name in ("JFK", "LAX", "KIX"))
    pk, sk = third[0].split()
    text = f"{first[0]}\n\n  '{PK}'   {second[0].split()[1]}\n{json.dumps({'pk': pk, 'sk': sk})}\n"
    file = tmp_path / "commands.txt"
    file.write_text(text)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))

    rows = cqrs.items("retry", *(str(file) if word == "FILE" else word for word in words))

    assert started(rows) == [*first, *second, *third]


def test_a_key_with_quotation_marks_is_that_key(cqrs, fail, tmp_path):
    quoted, _ = fail("'Q'"), fail("Q")
    file = tmp_path / "commands.txt"
    file.write_text(f"{quoted[0]}\n")

    assert started(cqrs.items("retry", "--from", str(file))) == quoted


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name a command by PK and SK"),
        ([PK], "one word too many"),
        (["--failed", PK, "AIRPORT#JFK@1"], "either commands or --failed"),
        (["--tenant", "acme"], "go with --failed"),
        (["--failed", "--since", "yesterday", "--yes"], "write 2h, 3d, or 2026-01-31"),
        (["--failed"], "give --yes to retry"),
    ],
)
def test_wrong_usage_is_told(cqrs, words, says):
    ended = cqrs.run("retry", *words)

    assert (ended.code, ended.out) == (2, "")
    assert says in " ".join(ended.err.split())


@pytest.mark.parametrize("line", ["AIRPORT#acme", "a b c", '{"pk": "AIRPORT#acme"}', "x 'y"])
def test_a_line_that_names_no_command_is_told(cqrs, tmp_path, line):
    file = tmp_path / "commands.txt"
    file.write_text(f"{PK} AIRPORT#JFK@1\n{line}\n")

    assert cqrs.run("retry", "--from", str(file)).code == 2


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ([], [0, 1, 2, 3]),
        (["--since", "2h"], [1, 2, 3]),
        (["--since", "2001-01-01"], [1, 2, 3]),
        (["--tenant", "other"], [2]),
        (["--type", "CITY"], [3]),
        (["--type", TYPE, "--tenant", TENANT, "--since", "1d"], [1]),
    ],
)
def test_all_that_failed_are_started_as_a_filter_says(cqrs, fail, words, numbers):
    chains = [
        fail("AIRPORT#OLD", at="2000-01-01T00:00:00.000Z"),
        fail("AIRPORT#JFK", 2),
        fail("AIRPORT#LAX", pk=f"{TYPE}#other"),
        fail("CITY#1", pk=f"CITY#{TENANT}"),
    ]

    rows = cqrs.items("retry", "--failed", *words, "--yes")

    assert sorted(started(rows)) == sorted(key for number in numbers for key in chains[number])


def test_they_are_shown_and_asked_for(cqrs, fail, monkeypatch):
    fail("AIRPORT#JFK", 2)
    for number in range(25):
        fail(f"AIRPORT#{number}")

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    ended = cqrs.run("retry", "--failed")

    assert ended.code == 1
    assert "Start 27 failed commands of 26 items again? [y/N]" in ended.err
    assert "and of 6 more items" in ended.out
    assert ended.out.count("KeyError") == 20
    assert "Nothing was started" in ended.out
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert cqrs.run("retry", "--failed").code == 0
    assert cqrs.items("retry", "--failed", "--yes") == []


def test_a_damaged_command_is_told_and_stops_none(cqrs, fail, services):
    good, bad = fail("AIRPORT#JFK"), fail("AIRPORT#LAX")
    table = services.settings.commands_table
    item = services.store.get(table, *bad[0].split())
    services.store.put(Put(table, {**item, "requestId": 5}))

    ended = cqrs.run("--json", "retry", "--failed", "--yes")

    assert ended.code == 1
    assert started(ended.document["items"]) == good
    assert "damaged" in ended.document["note"]


def test_the_doctor_names_what_starts_all_of_them(cqrs, fail):
    fail("AIRPORT#JFK")
    (alone,) = cqrs.items("doctor", code=1)
    assert alone["repair"] == f"cqrs --env test retry '{PK}' 'AIRPORT#JFK@1'"
    fail("AIRPORT#LAX")

    for row in cqrs.items("doctor", code=1):
        assert row["repair"].endswith("or all: cqrs --env test retry --failed")
