"""Read models: an item's entries change together, once for each version and in order."""

from __future__ import annotations

import pytest

from cqrs import Entry, ItemKey, ValidationError
from cqrs.items.read_models import MOST_ENTRIES
from tests.unit.crashing import Crash, Crasher

KEY = ItemKey("AIRPORT#acme", "AIRPORT#KIX")


def entries(*cities: str) -> list[Entry]:
    return [Entry(f"CITY_{city}#acme", KEY.sk, {"city": city}) for city in cities]


@pytest.fixture
def shown(services):
    """The list of a city: the version, and whether it is deleted."""

    def of(city: str):
        item = services.data.get(f"CITY_{city}#acme", KEY.sk)
        return None if item is None else (item.version, item.is_deleted)

    return of


def test_an_item_is_shown_by_all_its_entries(services, shown):
    assert services.read_models.show("cities", KEY, 1, entries("Osaka", "Izumisano"))

    assert (shown("Osaka"), shown("Izumisano")) == ((1, False), (1, False))


def test_entries_that_show_it_no_more_are_deleted(services, shown):
    services.read_models.show("cities", KEY, 1, entries("Osaka", "Izumisano"))
    services.read_models.show("cities", KEY, 2, entries("Izumisano", "Sennan"))

    assert shown("Osaka") == (2, True)
    assert (shown("Izumisano"), shown("Sennan")) == ((2, False), (2, False))


def test_a_version_is_shown_once_and_none_before_it(services, shown):
    services.read_models.show("cities", KEY, 2, entries("Osaka"))

    assert not services.read_models.show("cities", KEY, 2, entries("Sennan"))
    assert not services.read_models.show("cities", KEY, 1, entries("Sennan"))

    assert (shown("Osaka"), shown("Sennan")) == ((2, False), None)


def test_a_version_that_is_overtaken_between_look_and_write_is_not_shown(services, shown, requests):
    requests.before_next(
        "TransactWriteItems", lambda: services.read_models.show("cities", KEY, 3, entries("Sennan"))
    )

    assert not services.read_models.show("cities", KEY, 2, entries("Osaka"))

    assert (shown("Osaka"), shown("Sennan")) == (None, (3, False))


def test_read_models_know_nothing_of_each_other(services, shown):
    services.read_models.show("cities", KEY, 1, entries("Osaka"))

    assert services.read_models.show("others", KEY, 1, entries("Sennan"))
    assert shown("Osaka") == (1, False)


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_crash_at_any_request_leaves_nothing_between(services, clients, shown, moment, position):
    services.read_models.show("cities", KEY, 1, entries("Osaka"))
    crasher = Crasher([clients.dynamodb], moment, position)
    for _ in range(2):
        try:
            services.read_models.show("cities", KEY, 2, entries("Sennan"))
        except Crash:
            assert (shown("Osaka"), shown("Sennan")) in [
                ((1, False), None),
                ((2, True), (2, False)),
            ]
    crasher.disarm()

    assert (shown("Osaka"), shown("Sennan")) == ((2, True), (2, False))


def test_more_entries_than_a_transaction_writes_are_refused(services, shown):
    cities = [f"c{number}" for number in range(MOST_ENTRIES)]
    assert services.read_models.show("cities", KEY, 1, entries(*cities))

    with pytest.raises(ValidationError, match="would write 100 entries"):
        services.read_models.show("cities", KEY, 2, entries("Osaka"))

    assert shown("Osaka") is None
