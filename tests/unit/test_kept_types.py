"""Values that move to the bucket come back from there as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given

from cqrs.aws.object_store import ObjectStore
from cqrs.core.attribute_values import from_attribute_values
from cqrs.core.json_text import from_json
from cqrs.errors import ValidationError
from cqrs.storage.large_values import LargeValues
from tests.dynamodb_values import attribute_values, exact

PLACE = "attributes/x/1-r"


class Bucket:
    """Objects in memory, which are asked for as S3 is."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    @property
    def s3(self) -> Bucket:
        return self

    def put_object(self, **request: Any) -> None:
        self.objects[request["Key"]] = request["Body"]

    def get_object(self, **request: Any) -> dict[str, Any]:
        return {"Body": Body(self.objects[request["Key"]])}


class Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        return self._content


@pytest.fixture(scope="module")
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture(scope="module")
def values(bucket: Any) -> LargeValues:
    return LargeValues(ObjectStore(bucket, "bucket"))


@given(value=attribute_values())
@example(value={"S": "\ud800"})
@example(value={"M": {"\udfff": {"S": "x"}}})
def test_whatever_dynamodb_keeps_comes_back_as_it_was(values: LargeValues, value: dict[str, Any]):
    plain = from_attribute_values({"value": value})["value"]

    item = values.place("value", plain, PLACE, inline_bytes=-1)

    assert list(item) == ["valueKey"]
    assert exact(values.load(item, "value")) == exact(plain)


def test_a_json_value_lies_there_as_json(values: LargeValues, bucket: Bucket):
    value = {"n": [1, 0.5, "x", None, True]}

    item = values.place("value", value, PLACE, inline_bytes=-1)

    assert item["valueKey"].endswith(".json")
    assert from_json(bucket.objects[item["valueKey"]]) == value


def test_what_others_have_put_in_its_place_is_told(values: LargeValues, bucket: Bucket):
    item = values.place("value", {b"\xff"}, PLACE, inline_bytes=-1)
    bucket.objects[item["valueKey"]] = b'{"B": [1]}'

    with pytest.raises(ValidationError, match="holds no value of DynamoDB"):
        values.load(item, "value")
