"""Distances against sources of their own, and the sample task on a tenant's airports."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import application
from app.great_circle import EARTH_RADIUS_KM, Place, distance_km
from app.route_distances import route_distances
from cqrs.errors import NotFoundError, ValidationError
from cqrs.services import Services
from cqrs.tasks.keys import STEP_FUNCTION, TaskKey
from cqrs.tasks.models import Task

HALF_CIRCUMFERENCE = math.pi * EARTH_RADIUS_KM

JFK = Place(40.639751, -73.778925)
LAX = Place(33.942536, -118.408074)
LHR = Place(51.4775, -0.461389)
KIX = Place(34.4347222, 135.244167)
NORTH_POLE, SOUTH_POLE = Place(90, 0), Place(-90, 0)

places = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))


class TestDistance:
    @pytest.mark.parametrize(
        ("start", "end", "km"),
        [
            # Great Circle Mapper's figures, which are for the ellipsoid: 0.5 % apart at most.
            pytest.param(JFK, LAX, 3983, id="JFK-LAX"),
            pytest.param(LHR, JFK, 5554, id="LHR-JFK"),
        ],
    )
    def test_it_is_what_atlases_say(self, start, end, km):
        assert distance_km(start, end) == pytest.approx(km, rel=0.005)

    @pytest.mark.parametrize(
        ("start", "end", "km"), [(JFK, LAX, 3974), (LHR, JFK, 5540)], ids=["JFK-LAX", "LHR-JFK"]
    )
    def test_it_is_that_on_a_sphere(self, start, end, km):
        assert distance_km(start, end) == pytest.approx(km, abs=1)

    def test_it_is_rosetta_codes_between_nashville_and_los_angeles(self):
        on_their_earth = 2887.2599506071106 / 6372.8

        assert distance_km(Place(36.12, -86.67), Place(33.94, -118.40)) == pytest.approx(
            on_their_earth * EARTH_RADIUS_KM, rel=1e-12
        )

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (NORTH_POLE, SOUTH_POLE),
            (Place(0, 0), Place(0, 180)),
            (Place(0, -90), Place(0, 90)),
            (Place(45, 30), Place(-45, -150)),
            (JFK, Place(-40.639751, 106.221075)),
        ],
    )
    def test_antipodes_lie_half_the_circumference_apart(self, start, end):
        assert distance_km(start, end) == pytest.approx(HALF_CIRCUMFERENCE, rel=1e-7)

    @given(place=places)
    def test_a_place_is_nowhere_else(self, place):
        assert distance_km(place, place) == 0

    def test_poles_have_every_longitude(self):
        assert distance_km(Place(90, -120), Place(90, 45)) == pytest.approx(0, abs=1e-9)
        assert distance_km(Place(90, -120), KIX) == pytest.approx(distance_km(NORTH_POLE, KIX))

    def test_the_equator_is_a_quarter_away_from_a_pole(self):
        assert distance_km(SOUTH_POLE, Place(0, 77)) == pytest.approx(HALF_CIRCUMFERENCE / 2)

    def test_the_date_line_is_crossed(self):
        one_degree = HALF_CIRCUMFERENCE / 180

        assert distance_km(Place(0, 179.5), Place(0, -179.5)) == pytest.approx(one_degree)
        assert distance_km(Place(12, 180), Place(12, -180)) == pytest.approx(0, abs=1e-9)

    @given(start=places, end=places)
    def test_it_is_the_angle_between_two_vectors(self, start, end):
        """Another formula, after arc tangent of cross and dot product."""
        a, b = vector(start), vector(end)
        cross = math.hypot(
            a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
        )
        dot = sum(x * y for x, y in zip(a, b, strict=True))

        # Near antipodes the haversine formula is exact to metres only.
        assert distance_km(start, end) == pytest.approx(
            EARTH_RADIUS_KM * math.atan2(cross, dot), abs=1e-3
        )

    @given(start=places, end=places)
    def test_the_way_back_is_as_long(self, start, end):
        assert distance_km(start, end) == distance_km(end, start)
        assert 0 <= distance_km(start, end) <= HALF_CIRCUMFERENCE


def vector(place):
    latitude, longitude = math.radians(place.latitude), math.radians(place.longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


class TestPlace:
    @pytest.mark.parametrize(
        ("latitude", "longitude", "says"),
        [
            (90.1, 0, "latitude is 90.1; it must be a number of degrees, -90 to 90"),
            (0, -181, "longitude is -181; it must be a number of degrees, -180 to 180"),
            ("40.6", 0, "latitude is '40.6'"),
            (0, None, "longitude is None"),
            (True, 0, "latitude is True"),
            (math.nan, 0, "latitude is nan"),
            ([0] * 1000, 0, "latitude is "),
        ],
    )
    def test_other_than_degrees_is_refused(self, latitude, longitude, says):
        with pytest.raises(ValidationError, match="it must be a number") as refused:
            Place.checked(latitude, longitude)

        assert str(refused.value).startswith(says)
        assert len(str(refused.value)) < 150

    def test_limits_are_included(self):
        assert Place.checked(-90, 180) == Place(-90.0, 180.0)


@pytest.fixture
def deployed(settings, clients, monkeypatch):
    """The sample application on this test's tables."""
    services = Services(
        settings, clients, application._sync_handlers, read_models=application._read_models
    )
    monkeypatch.setitem(application.__dict__, "services", services)


def publish(iata, place=None, *, tenant="acme", is_deleted=False, **attributes):
    if place is not None:
        attributes = {"latitude": place.latitude, "longitude": place.longitude}
    application.commands.publish_sync(
        f"AIRPORT#{tenant}",
        f"AIRPORT#{iata}",
        attributes={"country": "somewhere", **attributes},
        is_deleted=is_deleted,
    )


def run(value, tenant="acme"):
    key = TaskKey.make(STEP_FUNCTION, tenant, "route_distances").sub_task(1)
    return route_distances(Task(key, value))


@pytest.mark.usefixtures("deployed")
class TestTask:
    def test_all_routes_are_measured(self):
        publish("JFK", JFK)
        publish("LAX", LAX)
        publish("LHR", LHR)

        assert run({"origin": "JFK"}) == {
            "origin": "JFK",
            "routes": 2,
            "total_km": pytest.approx(3974 + 5540, abs=2),
            "nearest": {"iata": "LAX", "km": pytest.approx(3974, abs=1)},
            "farthest": {"iata": "LHR", "km": pytest.approx(5540, abs=1)},
        }

    def test_kilometres_have_one_decimal(self):
        publish("JFK", JFK)
        publish("LAX", LAX)

        result = run({"origin": "JFK"})

        assert result["total_km"] == result["nearest"]["km"] == round(result["total_km"], 1)

    def test_the_only_airport_has_no_routes(self):
        publish("JFK", JFK)

        assert run({"origin": "JFK"}) == {
            "origin": "JFK", "routes": 0, "total_km": 0, "nearest": None, "farthest": None,
        }  # fmt: skip

    def test_two_airports_may_share_a_place(self):
        publish("JFK", JFK)
        publish("JF2", JFK)

        assert run({"origin": "JFK"})["nearest"] == {"iata": "JF2", "km": 0}

    def test_deleted_and_unlocated_airports_and_other_tenants_are_left_out(self):
        publish("JFK", JFK)
        publish("LAX", LAX)
        publish("LHR", LHR, is_deleted=True)
        publish("NEW")
        publish("KIX", KIX, tenant="other")

        result = run({"origin": "JFK"})

        assert (result["routes"], result["farthest"]["iata"]) == (1, "LAX")

    def test_an_unknown_origin_is_refused(self):
        publish("KIX", KIX, tenant="other")

        with pytest.raises(NotFoundError, match="AIRPORT#acme AIRPORT#KIX does not exist: publish"):
            run({"origin": "KIX"})

    def test_a_deleted_origin_is_refused(self):
        publish("JFK", JFK, is_deleted=True)

        with pytest.raises(NotFoundError, match="AIRPORT#acme AIRPORT#JFK is deleted: publish"):
            run({"origin": "JFK"})

    def test_an_origin_without_coordinates_is_refused(self):
        publish("NEW")

        with pytest.raises(ValidationError, match="AIRPORT#acme AIRPORT#NEW has no coordinates"):
            run({"origin": "NEW"})

    @pytest.mark.parametrize("origin", ["JFK", "BAD"])
    @pytest.mark.parametrize(
        ("attributes", "says"),
        [
            ({"latitude": 1}, "longitude is None"),
            ({"longitude": 1}, "latitude is None"),
            ({"latitude": 91, "longitude": 0}, "latitude is 91"),
            ({"latitude": 0, "longitude": "0"}, "longitude is '0'"),
        ],
    )
    def test_wrong_coordinates_are_not_passed_over(self, attributes, says, origin):
        """For any origin: a total that silently lacks a route is worse than none."""
        publish("JFK", JFK)
        publish("BAD", **attributes)

        with pytest.raises(ValidationError, match=f"AIRPORT#BAD cannot be located: {says}"):
            run({"origin": origin})

    @pytest.mark.parametrize("value", [None, "JFK", [], {}, {"origin": ""}, {"origin": 5}])
    def test_an_input_without_an_origin_is_refused(self, value):
        with pytest.raises(ValidationError, match=r"names no airport: .*\"origin\": \"JFK\""):
            run(value)
