from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import ulid
from hypothesis import assume, given
from hypothesis import strategies as st

from cqrs.core.execution_names import execution_name
from cqrs.core.keys import CommandKey, ItemKey, item_type, tenant_code
from cqrs.core.timed_keys import ULID
from cqrs.core.work_keys import TimedWorkKey
from cqrs.errors import ValidationError
from cqrs.imports.keys import ImportKey
from cqrs.tasks.keys import SINGLE, STEP_FUNCTION, TaskKey

NAMES_OF_STEP_FUNCTIONS = re.compile(r"[0-9A-Za-z_-]{1,80}")


@pytest.mark.parametrize(
    ("pk", "sk", "reason"),
    [
        ("AIRPORT", "AIRPORT#JFK", "not of the form <TYPE>#<tenant>"),
        ("#acme", "AIRPORT#JFK", "not of the form <TYPE>#<tenant>"),
        ("AIRPORT#", "AIRPORT#JFK", "not of the form <TYPE>#<tenant>"),
        ("", "AIRPORT#JFK", "not of the form <TYPE>#<tenant>"),
        ("AIRPORT#acme", "", "sort key of AIRPORT#acme is empty"),
        (5, "AIRPORT#JFK", "pk is a int"),
        ("AIRPORT#acme", None, "sk is a NoneType"),
        ("AIRPORT#\ud800", "AIRPORT#JFK", "pk is not Unicode text"),
        ("AIRPORT#acme", "\udc00", "sk is not Unicode text"),
        ("AIRPORT#" + "a" * 2041, "AIRPORT#JFK", "has 2049 bytes; at most 2048"),
        # Three bytes each, as DynamoDB counts.
        ("AIRPORT#acme", "空" * 337, "has 1011 bytes; at most 1008"),
    ],
)
def test_an_item_key_that_cannot_be_stored_is_refused(pk, sk, reason):
    with pytest.raises(ValidationError, match=reason):
        ItemKey.checked(pk, sk)


def test_nobody_publishes_what_a_read_model_keeps_for_itself():
    pk = "READ_MODEL_airports_by_country#acme"

    with pytest.raises(ValidationError, match="belong to a read model"):
        ItemKey.publishable(pk, "AIRPORT#JFK")

    assert ItemKey.checked(pk, "AIRPORT#JFK").pk == pk  # It can be looked at.
    assert ItemKey.publishable("READ_MODELS#acme", "AIRPORT#JFK").pk == "READ_MODELS#acme"


@pytest.mark.parametrize(
    ("pk", "sk"), [("AIRPORT#acme", "AIRPORT#J\0K"), ("AIR\0#acme", "AIRPORT#JFK")]
)
def test_nobody_publishes_a_key_that_postgresql_cannot_hold(pk, sk):
    with pytest.raises(ValidationError, match=r"zero character \(U\+0000\)"):
        ItemKey.publishable(pk, sk)

    assert ItemKey.checked(pk, sk).pk == pk  # One that lies there can be looked at.


def test_the_longest_keys_are_accepted():
    pk, sk = "AIRPORT#" + "a" * 2040, "空" * 336

    key = ItemKey.checked(pk, sk)

    assert (key.pk, key.sk) == (pk, sk)
    assert len(key.at(10**15 - 1).sk.encode()) <= 1024


@given(base=st.text(min_size=1), version=st.integers(1, 10**15 - 1))
def test_a_command_key_is_read_back_as_it_was_written(base, version):
    assume(base.isprintable())
    key = ItemKey("AIRPORT#acme", base).at(version)

    assert CommandKey.parse(key.pk, key.sk) == key


@pytest.mark.parametrize(
    "sk",
    [
        "AIRPORT#JFK",
        "AIRPORT#JFK@",
        "AIRPORT#JFK@0",
        "AIRPORT#JFK@-1",
        "AIRPORT#JFK@1.5",
        "AIRPORT#JFK@x",
        "AIRPORT#JFK@1 ",
        "AIRPORT#JFK@1\n",
        "AIRPORT#JFK@²",
        "AIRPORT#JFK@٣",
        "AIRPORT#JFK@" + "9" * 5000,
        "@1",
        "",
    ],
)
def test_a_sort_key_without_a_version_is_no_commands(sk):
    with pytest.raises(ValidationError, match="must end in @ and a version"):
        CommandKey.parse("AIRPORT#acme", sk)


def test_two_sort_keys_never_name_one_command():
    with pytest.raises(ValidationError, match="AIRPORT#JFK@03"):
        CommandKey.parse("AIRPORT#acme", "AIRPORT#JFK@03")


@pytest.mark.parametrize(("pk", "sk"), [(None, "AIRPORT#JFK@1"), ("AIRPORT#acme", 1)])
def test_a_command_key_of_other_types_is_refused(pk, sk):
    with pytest.raises(ValidationError, match="keys are text"):
        CommandKey.parse(pk, sk)


def test_an_id_may_hold_the_version_separator():
    key = CommandKey.parse("MAIL#acme", "MAIL#jane@example.com@12")

    assert (key.base, key.version) == ("MAIL#jane@example.com", 12)


def test_the_first_command_has_no_predecessor():
    second = CommandKey("AIRPORT#acme", "AIRPORT#JFK", 2)

    assert second.predecessor == CommandKey("AIRPORT#acme", "AIRPORT#JFK", 1)
    assert second.predecessor.predecessor is None


def test_the_tenant_is_what_follows_the_last_separator():
    assert tenant_code("AIRPORT#EU#acme") == "acme"
    assert item_type("AIRPORT#EU#acme") == "AIRPORT#EU"


@given(label=st.text(max_size=200), identity=st.lists(st.text(), min_size=1, max_size=3))
def test_any_execution_name_is_one_that_step_functions_takes(label, identity):
    name = execution_name(label, *identity)

    assert NAMES_OF_STEP_FUNCTIONS.fullmatch(name)
    assert execution_name(label, *identity) == name


@given(
    st.lists(st.text('ab\n",[]\\', max_size=4), min_size=1, max_size=3),
    st.lists(st.text('ab\n",[]\\', max_size=4), min_size=1, max_size=3),
)
def test_executions_of_different_identity_have_different_names(one, other):
    assume(one != other)
    assert execution_name("label", *one) != execution_name("label", *other)


def test_an_operator_recognises_the_item_in_an_executions_name():
    assert execution_name("AIRPORT#JFK-v3", "x").startswith("AIRPORT-JFK-v3-")


@pytest.mark.parametrize(
    "make",
    [lambda: ImportKey.make("acme", "places"), lambda: TaskKey.make(SINGLE, "acme", "square")],
)
def test_work_sorts_by_the_time_of_its_making(make: Callable[[], TimedWorkKey]):
    before = ulid.ULID.from_timestamp(time.time() - 1)

    key = make()

    assert ULID.fullmatch(key.ulid)
    assert str(before) < key.ulid < str(ulid.ULID.from_timestamp(time.time() + 1))


def test_what_belongs_to_work_has_its_identity():
    parent = TaskKey.make(STEP_FUNCTION, "acme", "square")

    assert parent.sub_task(3).ulid == parent.ulid
