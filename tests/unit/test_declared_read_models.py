"""Read models that an application declares, in the stack's table."""

from __future__ import annotations

import pytest

from cqrs import Application, Entry
from cqrs.core.keys import ItemKey
from cqrs.errors import ConfigurationError, NotFoundError, TransientError, ValidationError
from cqrs.read_models.places import Change, Generation
from cqrs.testing import MemoryEnvironment

KEY = ItemKey("BOOK#acme", "BOOK#momo")
FIRST = Generation("shelf", 1, 1)


def nowhere(_item):
    return None


def entry(place, pk="SHELF#acme"):
    return Entry(pk, place)


@pytest.fixture
def place(services):
    return services.read_model_places.table


def shown(place, pk="SHELF#acme", generation=FIRST):
    page = place.list(generation, pk, sk_prefix="", limit=100, cursor=None)
    return [one.sk for one in page.entries]


def write(place, version, *places, again=False, forgotten=False):
    entries = [entry(one) for one in places]
    change = Change(KEY, version, entries or None, is_forgotten=forgotten)
    return place.write(FIRST, [change], again=again)


def test_an_older_version_never_brings_an_item_back(place):
    write(place, 2, "left")
    write(place, 3)

    assert write(place, 2, "left") == 0
    assert write(place, 1, "right", again=True) == 0
    assert shown(place) == []


def test_the_same_version_is_written_again_only_on_demand(place):
    write(place, 2, "left")

    assert write(place, 2, "right") == 0
    assert write(place, 2, "right", again=True) == 1
    assert shown(place) == ["right"]


def test_what_is_forgotten_stays_so_until_a_later_version(place):
    write(place, 2, "left")
    assert write(place, 2, forgotten=True) == 1

    assert write(place, 2, "left", again=True) == 0
    assert shown(place) == []
    assert write(place, 3, "left") == 1
    assert shown(place) == ["left"]


def test_entries_of_a_version_that_came_between_are_not_left(place, requests):
    write(place, 1, "a")
    requests.before_next("TransactWriteItems", lambda: write(place, 2, "b"))

    assert write(place, 3, "c") == 1
    assert shown(place) == ["c"]


def test_a_later_version_that_came_between_stays(place, requests):
    write(place, 1, "a")
    requests.before_next("TransactWriteItems", lambda: write(place, 3, "c"))

    assert write(place, 2, "b") == 0
    assert shown(place) == ["c"]


def test_a_digest_tells_what_is_shown_and_nothing_else(place):
    other = Generation("shelf", 2, 1)
    write(place, 1, "a", "b")
    place.write(other, [Change(KEY, 7, [entry("b"), entry("a")])])

    one, another = place.read(FIRST, [KEY])[KEY], place.read(other, [KEY])[KEY]

    assert (one.version, another.version) == (1, 7)
    assert one.digest == another.digest != ""
    write(place, 2, "a", again=True)
    assert place.read(FIRST, [KEY])[KEY].digest != one.digest


def test_a_generation_is_cleared_and_its_neighbours_are_not(place):
    tenth = Generation("shelf", 10, 1)
    write(place, 1, "a", "b")
    place.write(tenth, [Change(KEY, 1, [entry("a")])])

    removed, cursor = place.clear(FIRST, (0, 1), None)

    assert (removed, cursor) == (3, None)
    assert place.read(FIRST, [KEY]) == {}
    assert shown(place, generation=tenth) == ["a"]


@pytest.mark.parametrize(
    ("result", "said"),
    [("text", "gave 'text'"), ([entry("a"), entry("a")], "2 entries for 1 places"), ([5], "gave")],
)
def test_what_is_no_list_of_entries_is_refused(place, result, said):
    with pytest.raises(ValidationError, match=said):
        place.checked(result)


def test_pages_lead_through_a_partition(place):
    for number in range(5):
        change = Change(ItemKey("BOOK#acme", f"BOOK#{number}"), 1, [entry(f"{number}")])
        place.write(FIRST, [change])

    first = place.list(FIRST, "SHELF#acme", sk_prefix="", limit=3, cursor=None)
    second = place.list(FIRST, "SHELF#acme", sk_prefix="", limit=3, cursor=first.cursor)

    assert [one.sk for one in first.entries + second.entries] == list("01234")
    with pytest.raises(ValidationError, match="does not belong to this list of SHELF#other"):
        place.list(FIRST, "SHELF#other", sk_prefix="", limit=3, cursor=first.cursor)


# Declared


@pytest.fixture
def shelves():
    """An application with a read model, and an environment that it runs in."""
    application = Application()

    @application.read_model("shelf", item_types=["BOOK", "TOY"])
    def shelf(item):
        if item.name == "bad":
            raise ValidationError("nobody wants it")
        return Entry(f"{item.attributes['shelf']}#{item.tenant}", item.sk, {}, item.name)

    with MemoryEnvironment(application) as environment:
        yield environment


def publish(environment, shelf, *, kind="BOOK", name="Momo", is_deleted=False):
    key = environment.commands.publish(
        f"{kind}#acme", "BOOK#momo", name=name, attributes={"shelf": shelf}, is_deleted=is_deleted
    ).key
    environment.settle()
    return key


def on(environment, shelf):
    return [one.name for one in environment.read_models.list_all("shelf", f"{shelf}#acme")]


def test_items_of_its_types_are_shown(shelves):
    publish(shelves, "left")
    publish(shelves, "left", kind="TOY", name="Bear")
    publish(shelves, "left", kind="CAR", name="none of it")

    assert on(shelves, "left") == ["Bear"], "two items that name one place overwrite each other"
    publish(shelves, "right", kind="TOY", name="Bear")
    assert on(shelves, "right") == ["Bear"]


def test_a_deletion_reaches_it(shelves):
    publish(shelves, "left")
    publish(shelves, "left", is_deleted=True)

    assert on(shelves, "left") == []


def test_an_erased_item_is_forgotten_in_every_model(shelves):
    key = publish(shelves, "left")
    command = shelves.commands.get(key)

    assert shelves.read_models.forget(key.item, 1) == ["shelf"]
    shelves.read_models.apply("shelf", command)

    assert on(shelves, "left") == []
    assert not [one for one in shelves.items("read_models") if "Momo" in str(one)]


def test_an_item_that_was_never_shown_can_be_forgotten(shelves):
    shelves.read_models.forget(KEY)

    publish(shelves, "left")
    assert on(shelves, "left") == [], "version 1 was forgotten before it came"
    publish(shelves, "right")
    assert on(shelves, "right") == ["Momo"]


def test_a_refusal_fails_the_command(shelves):
    with shelves.expect_failures(ValidationError):
        key = publish(shelves, "left", name="bad")

    command = shelves.commands.get(key)

    assert (command.status, command.error) == ("FAILED", "SyncHandlerRefused")
    assert "nobody wants it" in command.cause


def test_an_unknown_model_is_told_with_those_that_are_known(shelves):
    with pytest.raises(NotFoundError, match="No read model is called 'shelv'; known are shelf"):
        shelves.read_models.list("shelv", "left#acme")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"item_types": "BOOK"}, "give a list of types"),
        ({"item_types": []}, "give a list of types"),
        ({"item_types": ["READ_MODEL_X"]}, "nobody publishes items of such a type"),
        ({"item_types": ["BOOK"], "version": 0}, "a whole number from 1"),
        ({"item_types": ["BOOK"], "version": True}, "a whole number from 1"),
    ],
)
def test_what_cannot_be_declared_is_refused(options, said):
    with pytest.raises(ConfigurationError, match=said):
        Application().read_model("shelf", **options)(nowhere)


def test_a_version_is_declared_once_and_two_versions_beside_each_other():
    application = Application()
    application.read_model("shelf", item_types=["BOOK"])(nowhere)
    application.read_model("shelf", item_types=["TOY"], version=2)(nowhere)

    with pytest.raises(ConfigurationError, match="two projections of version 2"):
        application.read_model("shelf", item_types=["BOOK"], version=2)(nowhere)
    with pytest.raises(ConfigurationError, match="Two sync handlers are called 'shelf'"):
        application.sync_handler("shelf")(nowhere)


def test_a_busy_item_is_left_to_later(place, requests, monkeypatch):
    monkeypatch.setattr("cqrs.read_models.table_place.ATTEMPTS", 1)
    requests.before_next("TransactWriteItems", lambda: write(place, 1, "b"))

    with pytest.raises(TransientError, match="Others wrote BOOK#acme BOOK#momo"):
        write(place, 2, "a")
