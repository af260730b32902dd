"""DynamoDB in memory behind moto's other services, for any client that asks by HTTP.

Requests go their whole way through the SDK, with its checks, events and repeats. The tables are
those of ``cqrs.testing``, which take a fraction of the time that moto's take. They do the same:
``tests/model/test_memory_store.py`` compares them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from botocore.session import Session
from moto.core.models import botocore_stubber

from cqrs.testing.aws.dynamodb import DynamoDb, IndexOf, Values
from cqrs.testing.aws.refusals import refusal

INDEXES = "GlobalSecondaryIndexes"
PLACEHOLDER = re.compile(r"[#:]\w+")
TARGET = "DynamoDB_20120810."


class Tables(DynamoDb):
    """DynamoDB with what tests ask of it besides the runtime."""

    def __init__(self) -> None:
        super().__init__()
        self._done: set[str] = set()

    def create_table(self, **request: Any) -> Values:
        """Make a table whose indexes have nothing but keys."""
        name = request["TableName"]
        self.make_table(name, name, [_index_of(one) for one in request.get(INDEXES, ())])
        return {"TableDescription": {"TableName": name}}

    def delete_table(self, TableName: str) -> Values:  # noqa: N803
        """Remove a table."""
        self.tables.pop(TableName)
        return {"TableDescription": {"TableName": TableName}}

    def transact_write_items(
        self,
        TransactItems: Any,  # noqa: N803
        ClientRequestToken: str = "",  # noqa: N803
    ) -> Values:
        """Do all of the actions or none; a request that is repeated is not done again."""
        if ClientRequestToken in self._done:
            return {}
        answer = super().transact_write_items(TransactItems, ClientRequestToken)
        self._done.add(ClientRequestToken)
        return answer


def _index_of(described: Mapping[str, Any]) -> IndexOf:
    partition_key, sort_key = (part["AttributeName"] for part in described["KeySchema"])
    return IndexOf(described["IndexName"], partition_key, sort_key, frozenset())


@contextmanager
def tables_in_memory() -> Iterator[Tables]:
    """Answer requests to DynamoDB from memory, and leave all others to moto."""
    tables, others = Tables(), botocore_stubber.process_request

    def answered(request: AWSPreparedRequest) -> Any:
        target = _text(request.headers.get("X-Amz-Target", ""))
        if not target.startswith(TARGET):
            return others(request)
        return _answer(getattr(tables, OPERATIONS[target.removeprefix(TARGET)]), request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore_stubber, "process_request", answered)
        yield tables


def _operations() -> dict[str, str]:
    model: ServiceModel = Session().get_service_model("dynamodb")
    return {name: xform_name(name) for name in model.operation_names}


OPERATIONS = _operations()
"""Operations as a client has them, by their names in requests."""


def _answer(perform: Callable[..., Values], request: AWSPreparedRequest) -> tuple[int, Any, str]:
    asked = json.loads(_text(request.body), object_hook=_with_bytes)
    try:
        _see_that_all_is_used(asked)
        return 200, {}, json.dumps(perform(**asked), default=_as_text)
    except ClientError as error:
        details = error.response["Error"]
        reasons = error.response.get("CancellationReasons")
        told = {"__type": details["Code"], "message": details["Message"]}
        body = told if reasons is None else {**told, "CancellationReasons": reasons}
        return error.response["ResponseMetadata"]["HTTPStatusCode"], {}, json.dumps(body)


def _see_that_all_is_used(asked: Any) -> None:
    """Refuse names and values that no expression uses, as DynamoDB does, and moto."""
    if "TransactItems" in asked:
        for entry in asked["TransactItems"]:
            _see_that_all_is_used(*entry.values())
        return
    expressions = " ".join(text for name, text in asked.items() if name.endswith("Expression"))
    used = set(PLACEHOLDER.findall(expressions))
    for given in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        if unused := sorted(asked.get(given, {}).keys() - used):
            raise refusal(
                "ValidationException",
                message=f"Value provided in {given} unused in expressions: keys: {unused}",
            )


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """Binary values as the SDK has them; in JSON they are text."""
    if len(value) == 1:
        if isinstance(content := value.get("B"), str):
            return {"B": base64.b64decode(content)}
        if isinstance(several := value.get("BS"), list):
            return {"BS": [base64.b64decode(one) for one in several]}
    return value


def _as_text(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
