"""``cqrs import`` in this process: what it refuses as wrong usage, and what it prints."""

from __future__ import annotations

import re
from typing import Any

import pytest

import cli.groups.cancellation
import cli.groups.imports
from cli.deployed.function import ActionRefused
from cqrs.aws.item_store import Put, Update
from cqrs.imports.models import ImportStatus
from tests.unit.importing import Imports
from tests.unit.operating import Operator


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def cqrs(imports, monkeypatch, capsys) -> Operator:
    """A command line whose function has the targets of the application."""

    def invoke_action(_services: Any, action: str, payload: Any) -> Any:
        answer = imports.application.handle(
            {"source": "direct", "action": action, "payload": payload}
        )
        if answer["status"] != "ok":
            raise ActionRefused(f"{answer['error']}: {answer['cause']}")
        return answer["result"]

    for module in (cli.groups.imports, cli.groups.cancellation):
        monkeypatch.setattr(module, "invoke_action", invoke_action)
    return Operator(imports.services, monkeypatch, capsys)


ASKED = ("--target", "places", "--tenant", "acme")
DIRECT = ("--mode", "DIRECT")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "s3://b/k", "--target", "a#b", "--tenant", "acme"), "import target 'a#b'"),
        (("import", "s3://b/k", "--target", "places", "--tenant", "a#b"), "must have no #"),
        (("import", "s3://b/k", "--target", "places", "--tenant", " "), "tenant is ' '"),
        (("import", "S3://bucket", *ASKED), "write it as s3://bucket/key"),
        (("import", "status", "JFK"), "is not the id of an import"),
        (
            ("import", "status", "CSV_IMPORT#\udce9/places#01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            "is not Unicode text",
        ),
        (("import", "list", "--tenant", "a#b"), "must have no #"),
        (("import", "list", "--tenant", "a", "--limit", "0"), "--limit"),
        (("import", "list", "--tenant", "a", "--cursor", "x"), "cursor 'x' does not belong"),
        (("import", "list", "--tenant", "a", "--status", "DONE"), "DONE"),
        (("import", "errors", "JFK"), "is not the id of an import"),
        (("import", "cancel", "JFK"), "is not the id of an import"),
        (
            ("import", "s3://bucket/k", *ASKED, "--encoding", "cp932"),
            "import the file in mode DIRECT",
        ),
        (
            ("import", "s3://bucket/k", *ASKED, *DIRECT, "--encoding", "rot13"),
            "not an encoding of text",
        ),
        (
            ("import", "s3://bucket/k", *ASKED, *DIRECT, "--encoding", "cp999"),
            "not an encoding of text",
        ),
    ],
)
def test_wrong_usage_exits_with_2(cqrs, arguments, says):
    ended = cqrs.run(*arguments)

    assert (ended.code, ended.out) == (2, "")
    assert says in " ".join(ended.err.split())


def test_a_name_that_is_no_text_is_wrong_usage(cqrs, tmp_path):
    file = tmp_path / "\udcff.csv"
    file.write_text("code,city\nAAA,A\n")

    ended = cqrs.run("import", str(file), *ASKED)

    assert ended.code == 2
    assert "file's name" in ended.err


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("a\x1b[31m\u202e空 港.csv", "a__31m_空 港.csv"),
        ("a\nb\x7f\x85\u2028.csv", "a_b___.csv"),
        ('{a}^%`[b]"<c>~#|\\.csv', "_a_____b___c_____.csv"),
        ("(a)-b_c.d!'*&$@=;:+,?ü.csv", "(a)-b_c.d!'*&$@=;:+,?ü.csv"),
    ],
)
def test_a_files_name_becomes_a_key_that_any_tool_can_hold(cqrs, imports, tmp_path, name, end):
    (tmp_path / name).write_text("code,city\nAAA,A\n")

    made = cqrs.run("--json", "import", str(tmp_path / name), *ASKED).document
    listed = imports.clients.s3.list_objects_v2(Bucket=imports.settings.bucket)["Contents"]
    job = cqrs.run("--json", "import", "status", made["id"]).document

    (key,) = (entry["Key"] for entry in listed)
    assert re.fullmatch(rf"uploads/acme/\w{{26}}-{re.escape(end)}", key)
    assert made["file"] == job["file"] == f"s3://{imports.settings.bucket}/{key}"


def test_a_scheme_has_no_case(cqrs):
    made = cqrs.run("--json", "import", "S3://bucket/A/in.csv", *ASKED).document

    job = cqrs.run("--json", "import", "status", made["id"]).document
    assert job["file"] == made["file"] == "s3://bucket/A/in.csv"


def test_an_encoding_is_kept_with_the_import(cqrs):
    made = cqrs.run(
        "--json", "import", "s3://bucket/k", *ASKED, *DIRECT, "--encoding", "CP932"
    ).document

    job = cqrs.run("--json", "import", "status", made["id"]).document
    assert job["encoding"] == "cp932"


def test_no_key_is_wrapped_where_no_screen_limits_it(cqrs):
    file = f"s3://bucket/{'folder/' * 20}in.csv"
    made = cqrs.run("--json", "import", file, *ASKED).document

    assert f"{file}\n" in cqrs.run("import", "status", made["id"]).out.replace(" \n", "\n")


def test_imports_are_listed_page_by_page(cqrs, imports):
    made = [str(imports.make()) for _ in range(3)]
    listing = ("import", "list", "--tenant", "acme")

    shown = cqrs.run(*listing, "--limit", "2").out
    first = cqrs.run("--json", *listing, "--limit", "2").document
    rest = cqrs.run("--json", *listing, "--cursor", first["cursor"]).document

    listed = [job["id"] for job in (*first["items"], *rest["items"])]
    assert listed == sorted(made, reverse=True)
    assert f"go on with --cursor {first['cursor']}" in shown
    assert listed[0] in shown
    assert listed[2] not in shown
    assert cqrs.items(*listing, "--status", "FAILED") == []


def test_help_names_the_choices(cqrs):
    shown = " ".join(cqrs.run("import", "run", "--help").out.replace("│", " ").split())

    for choice in ("STEP_FUNCTION:", "DIRECT:", "SYNC:", "ASYNC:"):
        assert choice in shown


class TestCancel:
    def test_it_says_what_it_did_and_again_the_same(self, cqrs, imports):
        imports.upload("code,city\nAAA,Aville\n")
        key = imports.make()
        imports.start(key)
        imports.import_batch(key, [("AAA", "Aville")])

        shown = cqrs.run("import", "cancel", str(key), "--by", "Ann", "--reason", "wrong file")
        first = cqrs.run("--json", "import", "cancel", str(key), "--by", "Bob").document

        assert shown.code == 0
        assert "It is cancelled. The rows that it published stay: 1 row." in shown.out
        assert (first["status"], first["total"]) == ("CANCELLED", 1)
        assert (first["error"], first["cause"]) == ("Cancelled", "Ann cancelled it: wrong file")

    def test_the_user_cancels_it_by_default(self, cqrs, imports, monkeypatch):
        monkeypatch.setenv("LOGNAME", "operator")
        key = imports.make()

        cqrs.run("import", "cancel", str(key))

        assert imports.job(key).cause == "operator cancelled it."

    def test_one_that_is_over_is_refused(self, cqrs, imports):
        key = imports.make()
        imports.services.import_closer.end_of_batches(key, ("Broken", "it broke"))

        ended = cqrs.run("import", "cancel", str(key), "--by", "Ann")

        assert ended.code == 1
        assert "is over already: it is FAILED" in ended.err

    def test_who_watches_it_sees_its_end(self, cqrs, imports):
        key = imports.make()
        cqrs.run("import", "cancel", str(key), "--by", "Ann")

        watched = cqrs.run("import", "status", str(key), "--watch")

        assert watched.code == 1
        assert "Ann cancelled it." in watched.out

    def test_it_is_listed(self, cqrs, imports):
        key = imports.make()
        imports.make()
        cqrs.run("import", "cancel", str(key), "--by", "Ann")

        (listed,) = cqrs.items("import", "list", "--tenant", "acme", "--status", "CANCELLED")

        assert (listed["id"], listed["status"]) == (str(key), ImportStatus.CANCELLED)


def test_a_damaged_import_does_not_hide_the_others(cqrs, imports):
    sound, damaged = imports.make(), imports.make()
    table = imports.settings.import_tmp_table
    imports.services.store.update(Update(table, damaged.pk, damaged.sk, remove=("bucket",)))

    listed = cqrs.run("import", "list", "--tenant", "acme")
    asked = cqrs.run("import", "status", str(damaged))

    assert listed.code == 0
    assert str(sound) in listed.out
    assert asked.code == 1
    for told in (listed.out, asked.err):
        assert f"Import {damaged} is damaged: its attribute bucket is missing" in told


def test_an_import_of_another_key_is_told_as_damaged(cqrs, imports):
    item = imports.services.import_records.read(imports.make())
    imports.services.store.put(Put(imports.settings.import_tmp_table, {**item, "pk": "IMPORT#x"}))

    listed = cqrs.run("import", "list", "--tenant", "acme")

    assert f"Import IMPORT#x/{item['sk']} is damaged" in listed.out
    assert "is not the id of an import" in listed.out


@pytest.mark.parametrize("moment", ["2026-11-26T12:00:00", "yesterday", "9999"])
@pytest.mark.parametrize("name", ["startedAt", "finishedAt"])
def test_times_that_are_none_hide_no_import(cqrs, imports, name, moment):
    sound, odd = imports.make(), imports.make()
    known = {"startedAt": "2026-11-26T12:00:00.000Z", "finishedAt": "2026-11-26T12:00:01.000Z"}
    table = imports.settings.import_tmp_table
    imports.services.store.update(Update(table, odd.pk, odd.sk, {**known, name: moment}))

    listed = cqrs.items("import", "list", "--tenant", "acme")
    shown = cqrs.run("--json", "import", "status", str(odd))

    assert {job["id"] for job in listed} == {str(sound), str(odd)}
    assert (shown.code, shown.document["seconds"]) == (0, None)
