"""An application's view of the resources that it declares for itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cqrs.errors import ConfigurationError, ValidationError
from cqrs.events.own_resources import OwnResources
from tests.unit import sample_events as samples

OWN = "queue:jobs table:orders stream:orders table:notes topic:news bucket:files schedule:dawn"
PLACE = "ap-northeast-1:123456789012"


@pytest.fixture
def resources(settings) -> OwnResources:
    return OwnResources(replace(settings, own_resources=OWN))


def test_names_are_the_environments(resources, settings):
    urls = settings.notification_queue_url.rpartition("/")[0]

    assert resources.queue_url("jobs") == f"{urls}/test-cqrs-jobs"
    assert resources.table_name("orders") == "test-cqrs-orders"
    assert resources.topic_arn("news") == f"arn:aws:sns:{PLACE}:test-cqrs-news"
    assert resources.bucket_name("files") == "test-cqrs-files-123456789012"


@pytest.mark.parametrize("name", ["job", "orders", ""])
def test_a_name_that_is_not_declared_is_refused_with_those_that_are(resources, name):
    with pytest.raises(ConfigurationError, match=rf"no queue '{name}'.*There are: jobs\."):
        resources.queue_url(name)


def test_an_environment_without_any_says_so(settings):
    with pytest.raises(ConfigurationError, match="There are: none"):
        OwnResources(settings).bucket_name("files")


def records(prefix: str, account: str = "123456789012") -> dict[str, dict]:
    return {
        "jobs": samples.sqs_event("{}", queue=f"{prefix}jobs")["Records"][0],
        "orders": samples.stream_event({}, table=f"{prefix}orders")["Records"][0],
        "news": {"Sns": {"TopicArn": f"arn:aws:sns:{PLACE}:{prefix}news"}},
        "files": {"s3": {"bucket": {"name": f"{prefix}files-{account}"}}},
        "dawn": {
            **samples.EVENT_BRIDGE,
            "resources": [f"arn:aws:events:{PLACE}:rule/{prefix}dawn"],
        },
    }


@pytest.mark.parametrize("name", records(""))
def test_a_record_tells_whose_it_is(resources, name):
    assert resources.name_of(records("test-cqrs-")[name]) == name


@pytest.mark.parametrize("name", records(""))
@pytest.mark.parametrize("prefix", ["", "other-cqrs-", "test-cqrs-x"])
def test_what_comes_from_elsewhere_has_no_name(resources, name, prefix):
    assert resources.name_of(records(prefix)[name]) == ""


def test_a_table_without_a_stream_sends_no_records(resources):
    record = samples.stream_event({}, table="test-cqrs-notes")["Records"][0]

    assert resources.name_of(record) == ""


def test_an_event_that_no_schedule_sent_has_no_name(resources):
    told = {**records("test-cqrs-")["dawn"], "detail-type": "Something Else"}

    assert resources.name_of(told) == ""
    assert resources.name_of({**samples.EVENT_BRIDGE, "resources": []}) == ""


@pytest.mark.parametrize("record", [{}, {"Sns": None}, {"s3": {}}, {"dynamodb": {}}])
def test_what_is_no_record_is_refused(resources, record):
    with pytest.raises(ValidationError, match="A record of an event source cannot be read"):
        resources.name_of(record)
