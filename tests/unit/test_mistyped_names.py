"""A name that is mistyped is refused with those that may be meant."""

from __future__ import annotations

import pytest

import cli.groups.items
from cqrs.likely_names import did_you_mean
from tests.unit.operating import Operator


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    return Operator(services, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["taks"], "'task'"),
        (["import-s"], "'import'"),
        (["task", "lits"], "'list'"),
        (["approvals", "aprove"], "'approve'"),
        (["task", "list", "--tenat", "acme"], "'--tenant'"),
        (["get", "--jsno"], "'--json'"),
        (["--evn", "dev", "get"], "'--env'"),
        (["task", "list", "--tenant", "a", "--status", "create"], "'CREATED'"),
        (["executions", "--machine", "import_csv"], "'import-csv'"),
        (["executions", "--machine", "comand"], "'command-handler' or 'command-express'"),
        (["dead-letters", "comand"], "'commands'"),
        (["workflow", "start", "country_reprot", "--input", "1"], "'country-report'"),
        (["workflow", "list", "contry-report"], "'country-report'"),
        (["completion", "fsh"], "'fish'"),
    ],
    ids=" ".join,
)
def test_it_is_suggested(cqrs, arguments, meant):
    ended = cqrs.run(*arguments)

    assert ended.code
    assert f" Did you mean {meant}?" in ended.err


@pytest.mark.parametrize("arguments", [["xyzzy"], ["get", "--xyzzy"], ["dead-letters", "xyzzy"]])
def test_nothing_is_suggested_that_is_unlike(cqrs, arguments):
    assert "Did you mean" not in cqrs.run(*arguments).err


def test_a_type_without_items_may_be_a_mistyped_one(cqrs, monkeypatch):
    types = [{"name": "AIRPORT"}, {"name": "NOTE"}]
    monkeypatch.setattr(cli.groups.items, "invoke_action", lambda *_: types)

    ended = cqrs.run("list", "AIRPROT", "--tenant", "acme")

    assert ended.code == 0
    assert ended.out.startswith(
        "No items. Nothing lies under AIRPROT#acme. Did you mean 'AIRPORT'?"
    )
    assert "Did you mean" not in cqrs.run("list", "NOTE", "--tenant", "acme").out


def test_letters_of_a_short_name_may_have_changed_places():
    assert did_you_mean("gte", ["get", "list", "task"]) == " Did you mean 'get'?"


def test_three_names_at_most_are_suggested():
    assert did_you_mean("note", ["note-1", "note-2", "note-3", "note-4"]).count("'note-") == 3
    assert did_you_mean("note", []) == ""
