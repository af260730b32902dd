from __future__ import annotations

import pytest

from app import application
from app.airports_by_country import airports_by_country, partition_of
from cqrs.core.keys import ItemKey
from cqrs.errors import CommandFailed, ValidationError
from cqrs.services import Services

PK, SK = "AIRPORT#acme", "AIRPORT#KIX"
KEY = ItemKey(PK, SK)


@pytest.fixture(autouse=True)
def deployed(settings, clients, monkeypatch):
    """The sample application on this test's tables."""
    services = Services(settings, clients, application._sync_handlers)
    monkeypatch.setitem(application.__dict__, "services", services)


def publish(country, *, pk=PK, name="Kansai", city="Osaka", is_deleted=False):
    attributes = {"country": country, "city": city}
    result = application.commands.publish_sync(
        pk, SK, name=name, attributes=attributes, is_deleted=is_deleted
    )
    return application.commands.get(result.key)


def listed(country, tenant="acme"):
    return list(application.data.list_all(partition_of(country, tenant)))


def everything(*countries):
    return {country: listed(country) for country in countries}


def test_an_airport_is_listed_under_its_country():
    publish("Japan")

    (item,) = listed("Japan")

    assert item.key == ItemKey("AIRPORTS_IN_Japan#acme", SK)
    assert (item.version, item.name, item.is_deleted) == (1, "Kansai", False)
    assert item.attributes == {"city": "Osaka"}


def test_a_later_version_replaces_the_entry():
    publish("Japan")
    publish("Japan", name="Kansai International", city="Izumisano")

    (item,) = listed("Japan")

    assert (item.version, item.name) == (2, "Kansai International")
    assert item.attributes == {"city": "Izumisano"}


def test_an_airport_that_changes_its_country_moves():
    publish("Japan")
    publish("Wonderland")

    (left,), (arrived,) = listed("Japan"), listed("Wonderland")

    assert (left.version, left.is_deleted) == (2, True)
    assert (arrived.version, arrived.is_deleted) == (2, False)


def test_an_airport_that_comes_back_is_listed_again():
    for country in ("Japan", "Wonderland", "Japan"):
        publish(country)

    (back,), (left,) = listed("Japan"), listed("Wonderland")

    assert (back.version, back.is_deleted) == (3, False)
    assert (left.version, left.is_deleted) == (3, True)


def test_a_repeat_changes_nothing():
    publish("Japan")
    second = publish("Wonderland")
    before = everything("Japan", "Wonderland")

    airports_by_country(second)

    assert everything("Japan", "Wonderland") == before


def test_a_repeat_that_is_out_of_date_changes_nothing():
    first = publish("Japan")
    second = publish("Wonderland")
    publish("Atlantis")
    before = everything("Japan", "Wonderland", "Atlantis")

    airports_by_country(second)
    airports_by_country(first)

    assert everything("Japan", "Wonderland", "Atlantis") == before


def test_a_move_that_is_overtaken_by_its_own_repeat_happens_once(requests):
    publish("Japan")
    second = application.commands.publish(
        PK, SK, attributes={"country": "Wonderland", "city": "Osaka"}
    )
    command = application.commands.get(second.key)
    requests.before_next("TransactWriteItems", lambda: airports_by_country(command))

    airports_by_country(command)

    (left,), (arrived,) = listed("Japan"), listed("Wonderland")
    assert (left.version, left.is_deleted) == (2, True)
    assert (arrived.version, arrived.is_deleted) == (2, False)


@pytest.mark.parametrize("country", ["Japan", None])
def test_a_deleted_airport_is_listed_as_deleted(country):
    publish("Japan")
    publish(country, is_deleted=True)

    (item,) = listed("Japan")

    assert (item.version, item.is_deleted) == (2, True)


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

    (left,) = listed("Japan")
    assert left.is_deleted
    assert application.commands.get(KEY.at(2)).status == "FINISHED"


@pytest.mark.parametrize("country", [5, ["Japan"]])
def test_a_country_that_is_no_text_is_refused(country):
    with pytest.raises(CommandFailed, match="it must be text, or left out"):
        publish(country)

    command = application.commands.get(KEY.at(1))
    assert command.error == "SyncHandlerRefused"
    with pytest.raises(ValidationError, match=f"The country of {PK} {SK}@1 is"):
        airports_by_country(command)
