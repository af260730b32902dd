"""Picture and tables of the monitoring say what is deployed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from stacks.environment.model import Environment
from stacks.monitoring import alarms
from stacks.monitoring.dashboard import dashboard_body
from tooling.monitoring_docs.__main__ import SHOWN
from tooling.monitoring_docs.document import DOCUMENT, TABLES, updated
from tooling.monitoring_docs.picture import PICTURE, picture


@pytest.fixture
def environment() -> Environment:
    return SHOWN


def test_the_picture_is_up_to_date(environment):
    assert PICTURE.read_text() == picture(environment), "run make docs"


def test_the_tables_are_up_to_date(environment):
    text = DOCUMENT.read_text()

    assert all(f"<!-- {name} -->\n" in text for name in TABLES)
    assert text == updated(text, environment), "run make docs"


def test_the_picture_has_every_widget_and_every_alarm(environment):
    root = ET.fromstring(picture(environment))  # noqa: S314 - it is drawn here
    words = {element.text for element in root.iter() if element.text}

    for widget in dashboard_body(environment)["widgets"]:
        properties = widget["properties"]
        title = properties.get("title") or properties["markdown"].removeprefix("## ")
        assert title in words
        assert {arn.rpartition(":")[2] for arn in properties.get("alarms", ())} <= words


def test_another_threshold_is_another_table(environment):
    text = DOCUMENT.read_text()
    monitoring = environment.monitoring.model_copy(update={"oldest_message_seconds": 77})
    changed = environment.model_copy(update={"monitoring": monitoring})

    assert "above 77 |" in updated(text, changed)


def test_another_alarm_is_another_picture(environment, monkeypatch):
    made = alarms.environment_alarms(environment)
    more = [*made, replace(made[0], condition="other")]
    monkeypatch.setattr(alarms, "environment_alarms", lambda _: more)

    assert picture(environment) != PICTURE.read_text()
    assert "commands-other" in picture(environment)
