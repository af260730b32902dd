"""The live channel without API Gateway: its events, its table, and connections that take posts."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from cqrs.application import Application
from cqrs.aws.clients import Clients
from cqrs.settings import Settings
from tests.unit.answering import Answering
from tests.unit.calling import TENANT, Caller

STAGE = "/v1"
LONGEST_SECONDS = 30


class Gateway(Answering):
    """API Gateway's connections: each takes posts, but for those that ``faults`` names.

    A fault is the name of an error, which comes so many ``times`` at first. The fault ``slow``
    waits until ``over`` is set, as the post with the number ``last`` does.
    """

    def __init__(self) -> None:
        super().__init__(None)
        self.faults: dict[str, str] = {}
        self.times: dict[str, int] = {}
        self.closed: list[str] = []
        self.tries: Counter[str] = Counter()
        self.over = threading.Event()
        self.last = 0

    @property
    def endpoint(self) -> str:
        return f"{self.url}{STAGE}"

    def answer(self, method: str, path: str, _operation: str) -> tuple[int, str, dict[str, str]]:
        connection = unquote(path.rpartition("/")[2])
        if method == "DELETE":
            self.closed.append(connection)
            return 204, "", {}
        self.tries[connection] += 1
        fault = self.faults.get(connection, "")
        if fault != "slow" and self.tries.total() >= self.last > 0:
            self.over.set()
        if fault == "slow":
            self.over.wait(LONGEST_SECONDS)
        elif fault and self.tries[connection] <= self.times.get(connection, LONGEST_SECONDS):
            status = {"GoneException": 410, "LimitExceededException": 429}.get(fault, 403)
            return status, '{"message": "no"}', {"x-amzn-ErrorType": fault}
        return 200, "", {}

    def told(self, connection: str) -> list[dict[str, Any]]:
        """The messages that were posted to a connection, its failed tries included."""
        return [json.loads(body) for path, body in self.sent if path.endswith(f"/{connection}")]


def with_live(settings: Settings, clients: Clients, endpoint: str) -> Settings:
    """An environment that has the live channel, and its table."""
    table = f"{settings.resource_prefix}connections"
    clients.dynamodb.create_table(
        TableName=table,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return replace(
        settings,
        connections_table=table,
        live_url="wss://live.example.com",
        live_endpoint=endpoint,
        live_commands=True,
    )


class Channel:
    """API Gateway, as it hands events over to the function."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def ticket(self, *roles: str, tenant: str = TENANT, **claims: str) -> str:
        caller = Caller(self.application, *roles, **{"custom:tenants": tenant, **claims})
        answer = caller.ask("POST", f"/v1/tenants/{tenant}/tickets")
        assert answer.status == 201, answer
        assert answer.body["url"] == f"wss://live.example.com?ticket={answer.body['ticket']}"
        return str(answer.body["ticket"])

    def connect(self, connection: str, query: Mapping[str, str] | None) -> int:
        answer = self._send("CONNECT", connection, queryStringParameters=query)
        return int(answer["statusCode"])

    def join(self, connection: str, *roles: str, tenant: str = TENANT, **claims: str) -> None:
        """Connect by a ticket."""
        ticket = self.ticket(*roles, tenant=tenant, **claims)
        assert self.connect(connection, {"ticket": ticket}) == 200

    def say(self, connection: str, message: Any) -> dict[str, Any]:
        text = message if isinstance(message, str) else json.dumps(message)
        answer = self._send("MESSAGE", connection, body=text)
        assert answer["statusCode"] == 200
        told: dict[str, Any] = json.loads(answer["body"])
        return told

    def subscribe(self, connection: str, *actions: str, **members: Any) -> None:
        named = {"actions": list(actions)} if actions else {}
        told = self.say(connection, {"type": "subscribe", **named, **members})
        assert told["type"] == "subscribed", told

    def end(self, connection: str) -> None:
        assert self._send("DISCONNECT", connection) == {"statusCode": 200}

    def _send(self, kind: str, connection: str, **more: Any) -> dict[str, Any]:
        context = {
            "eventType": kind,
            "connectionId": connection,
            "requestId": "request-1",
            "routeKey": "$default",
            "connectedAt": time.time(),
        }
        event = {"requestContext": context, "isBase64Encoded": False, "body": "", **more}
        answer: dict[str, Any] = self.application.handle(event, lambda: 60_000)
        return answer
