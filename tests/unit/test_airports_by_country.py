from __future__ import annotations

import pytest

from app import application
from app.airports_by_country import READ_MODEL, airports_of
from cqrs import Entry
from cqrs.core.keys import ItemKey
from cqrs.errors import CommandFailed
from cqrs.services import Services

PK, SK = "AIRPORT#acme", "AIRPORT#KIX"
KEY = ItemKey(PK, SK)


@pytest.fixture(autouse=True)
def deployed(settings, clients, monkeypatch):
    """The sample application on this test's tables."""
    services = Services(
        settings, clients, application._sync_handlers, read_models=application._read_models
    )
    monkeypatch.setitem(application.__dict__, "services", services)


def publish(country, *, pk=PK, name="Kansai", city="Osaka", is_deleted=False):
    attributes = {"country": country, "city": city}
    result = application.commands.publish_sync(
        pk, SK, name=name, attributes=attributes, is_deleted=is_deleted
    )
    return application.commands.get(result.key)


def applied_again(command):
    application.read_models.apply(READ_MODEL, command)


def listed(country, tenant="acme"):
    return list(airports_of(country, tenant))


def everything(*countries):
    return {country: listed(country) for country in countries}


def test_an_airport_is_listed_under_its_country():
    publish("Japan")

    (entry,) = listed("Japan")

    assert entry == Entry("AIRPORTS_IN_Japan#acme", SK, {"city": "Osaka"}, "Kansai")


def test_a_later_version_replaces_the_entry():
    publish("Japan")
    publish("Japan", name="Kansai International", city="Izumisano")

    (entry,) = listed("Japan")

    assert (entry.name, entry.attributes) == ("Kansai International", {"city": "Izumisano"})


def test_an_airport_that_changes_its_country_moves():
    publish("Japan")
    publish("Wonderland")

    assert listed("Japan") == []
    assert [entry.sk for entry in listed("Wonderland")] == [SK]


def test_an_airport_that_comes_back_is_listed_again():
    for country in ("Japan", "Wonderland", "Japan"):
        publish(country)

    assert listed("Wonderland") == []
    assert [entry.sk for entry in listed("Japan")] == [SK]


def test_a_repeat_changes_nothing():
    publish("Japan")
    second = publish("Wonderland")
    before = everything("Japan", "Wonderland")

    applied_again(second)

    assert everything("Japan", "Wonderland") == before


def test_a_repeat_that_is_out_of_date_changes_nothing():
    first = publish("Japan")
    second = publish("Wonderland")
    publish("Atlantis")
    before = everything("Japan", "Wonderland", "Atlantis")

    applied_again(second)
    applied_again(first)

    assert everything("Japan", "Wonderland", "Atlantis") == before


def test_a_move_that_is_overtaken_by_its_own_repeat_happens_once(requests):
    publish("Japan")
    second = application.commands.publish(
        PK, SK, attributes={"country": "Wonderland", "city": "Osaka"}
    )
    command = application.commands.get(second.key)
    requests.before_next("TransactWriteItems", lambda: applied_again(command))

    applied_again(command)

    assert listed("Japan") == []
    assert [entry.sk for entry in listed("Wonderland")] == [SK]


@pytest.mark.parametrize("country", ["Japan", None])
def test_a_deleted_airport_is_listed_nowhere(country):
    first = publish("Japan")
    publish(country, is_deleted=True)

    applied_again(first)

    assert listed("Japan") == []


def test_tenants_have_lists_of_their_own():
    publish("Japan")
    publish("Japan", pk="AIRPORT#other", name="Theirs")

    assert [item.name for item in listed("Japan")] == ["Kansai"]
    assert [item.name for item in listed("Japan", "other")] == ["Theirs"]


def test_other_items_are_not_listed():
    application.commands.publish_sync("HOTEL#acme", "HOTEL#1", attributes={"country": "Japan"})

    assert listed("Japan") == []


@pytest.mark.parametrize("country", [None, ""])
def test_an_airport_without_a_country_is_listed_nowhere(country):
    publish("Japan")
    publish(country)

    assert listed("Japan") == []
    assert application.commands.get(KEY.at(2)).status == "FINISHED"


@pytest.mark.parametrize("country", [5, ["Japan"]])
def test_a_country_that_is_no_text_is_refused(country):
    with pytest.raises(CommandFailed, match="it must be text, or left out"):
        publish(country)

    assert application.commands.get(KEY.at(1)).error == "SyncHandlerRefused"
