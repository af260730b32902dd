"""The sample's search by place, as far as it needs no database."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest

from app import application
from app.airports_by_place import airports_by_place, airports_of_api
from cqrs import ItemState
from cqrs.core.keys import ItemKey
from cqrs.errors import NotFoundError, ValidationError
from cqrs.services import Services


@pytest.fixture(autouse=True)
def without_database(settings, clients, monkeypatch):
    """The sample application on this test's tables, in an environment without a database."""
    services = Services(
        settings, clients, application._sync_handlers, read_models=application._read_models
    )
    monkeypatch.setitem(application.__dict__, "services", services)


def ask(**query):
    return airports_of_api(SimpleNamespace(tenant="acme", query=query))


def test_an_environment_without_a_database_says_so():
    with pytest.raises(NotFoundError, match=r"this environment has no database\. Name one under"):
        ask(name="Kansai")


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1.5", "two", ""])
def test_a_limit_is_a_whole_number(number):
    with pytest.raises(ValidationError, match=f"limit is '{number}'; it must be a"):
        ask(limit=number)


@pytest.mark.parametrize("number", ["nan", "inf", "north"])
def test_a_latitude_is_a_number(number):
    with pytest.raises(ValidationError, match=f"latitude is '{number}'; it must be a number"):
        ask(latitude=number, longitude="1")


@pytest.mark.parametrize(
    "document",
    ["null", "5", '[1, "a"]', f'[1{"0" * 400}, "a", "b"]', "[" * 5000, '["x", "a", "b"]'],
)
def test_a_cursor_is_one_of_the_list(document):
    with pytest.raises(ValidationError, match="The cursor is none of this list"):
        ask(cursor=base64.urlsafe_b64encode(document.encode()).decode())


def test_no_text_of_an_airport_holds_up_its_row():
    attributes = {"city": "Izumi\0sano", "country": "\0"}
    key = ItemKey("AIRPORT#acme", "AIRPORT#KIX")
    row = airports_by_place(ItemState(key, 1, "Kan\0sai", attributes, False, ""))
    assert (row["name"], row["search"]) == ("Kansai", "kansai")
    assert (row["city"], row["country"]) == ("Izumisano", "")
