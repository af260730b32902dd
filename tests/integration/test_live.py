"""The live channel: who gets in, what each is told, and what becomes of connections that end."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from cqrs.api.live.connections import CONNECTION
from cqrs.api.tickets import TICKET
from cqrs.aws.item_store import Update
from cqrs.core.attribute_values import Item
from cqrs.notifications.queue import Action
from tests.integration.closures import Closures, waiting
from tests.integration.deployed import Deployed, wait_for
from tests.integration.http_client import HttpClient, People, send, skip_without_api
from tests.integration.live_client import LiveClient, address_of, connected, live

Client = Callable[..., HttpClient]

KIX = {"name": "Kansai", "attributes": {"country": "Japan", "latitude": 34.4, "longitude": 135.2}}
FILE = """iata,name,city,state,country,latitude,longitude
KIX,Kansai,Osaka,,Japan,34.4,135.2
"""
ALL = sorted(Action)


@pytest.fixture(scope="module", autouse=True)
def patience(deployed: Deployed) -> Iterator[None]:
    """No request expires while a busy machine gets to it."""
    skip_without_api(deployed)
    with waiting(deployed, 900):
        yield


@pytest.fixture
def client(deployed: Deployed, tenant: str) -> Client:
    """Makes clients of the test's tenant."""
    people = People(deployed)
    return lambda *roles, **more: people.client(more.pop("tenant", tenant), *roles, **more)


@pytest.fixture
def publisher(client: Client) -> HttpClient:
    return client("publisher")


class Table:
    """The items of the live channel."""

    def __init__(self, deployed: Deployed) -> None:
        self._store = deployed.services.store
        self._name = deployed.services.settings.connections_table
        self._dynamodb = deployed.services.clients.dynamodb

    def put(self, pk: str, sk: str, **values: Any) -> None:
        self._store.update(Update(self._name, pk, sk, assign=values))

    def listening(self, tenant: str) -> list[Item]:
        return self._store.query(self._name, f"LIVE#{tenant}", limit=100).items

    def connections(self, tenant: str) -> list[Item]:
        answer = self._dynamodb.scan(
            TableName=self._name,
            FilterExpression="#t = :t AND sk = :sk",
            ExpressionAttributeNames={"#t": "tenant"},
            ExpressionAttributeValues={":t": {"S": tenant}, ":sk": {"S": CONNECTION}},
        )
        return list(answer["Items"])


@pytest.fixture
def table(deployed: Deployed) -> Table:
    return Table(deployed)


def refusal(address: str) -> int:
    """The status by which a connection is refused."""
    with pytest.raises(InvalidStatus) as refused:
        connect(address, proxy=None).close()
    return int(refused.value.response.status_code)


def of_status(action: str, *statuses: str) -> Callable[[dict[str, Any]], bool]:
    return lambda told: told["action"] == action and told["content"]["status"] in statuses


class TestTickets:
    """Emulator difference: MiniStack refuses all by 403, AWS by the status of the function."""

    def test_one_lets_in_once(self, publisher: HttpClient):
        address = address_of(publisher)

        with connected(address) as joined:
            assert joined.ask({"type": "ping"})["type"] == "pong"
            assert refusal(address) == 403
            assert joined.ask({"type": "ping"})["type"] == "pong"

    def test_none_lets_nobody_in(self, deployed: Deployed):
        assert refusal(deployed.outputs["live_url"]) == 403
        assert refusal(f"{deployed.outputs['live_url']}?ticket=") == 403

    def test_a_forged_one_lets_nobody_in(self, publisher: HttpClient):
        address = address_of(publisher)
        forged = address[:-1] + ("A" if address[-1] != "A" else "B")

        assert refusal(forged) == 403

    def test_an_old_one_lets_nobody_in(self, publisher: HttpClient, table: Table):
        address = address_of(publisher)
        digest = hashlib.sha256(address.partition("ticket=")[2].encode()).hexdigest()
        table.put(f"{TICKET}#{digest}", TICKET, until=int(time.time()) - 1)

        assert refusal(address) == 403

    def test_nobody_gets_one_of_another_tenant(self, client: Client):
        other = client("publisher", of="elsewhere")

        assert other.post("/tickets").problem == (403, "tenant")
        assert client().post("/tickets").problem == (403, "role")

    def test_one_without_a_token_is_none(self, deployed: Deployed, tenant: str):
        url = f"{deployed.outputs['api_url']}/v1/tenants/{tenant}/tickets"

        assert send("POST", url).status == 401


class TestNotifications:
    def test_a_command_is_followed_to_its_end(self, publisher: HttpClient):
        with live(publisher) as joined:
            answer = joined.subscribe()
            assert set(answer["actions"]) == set(ALL) - {Action.APPROVAL_STATUS}

            put = publisher.put("/items/AIRPORT/KIX", KIX)

            told = joined.wait_for(of_status("command-status", "FINISHED"), "the command's end")
            assert told["location"] == put.headers["location"]
            assert told["content"]["version"] == 1
            assert (told["pk"], told["sk"]) == (f"AIRPORT#{publisher.tenant}", "AIRPORT#KIX@1")
            assert publisher.follow(told["location"]).body["status"] == "FINISHED"

    def test_tasks_and_imports_are_told_to_the_own_tenant_alone(
        self, client: Client, publisher: HttpClient
    ):
        stranger = client("administrator", tenant=f"x{publisher.tenant}")
        with live(client("reader")) as joined, live(stranger) as other:
            joined.subscribe("task-status", "import-status")
            other.subscribe()

            made = publisher.post(
                "/tasks", {"type": "route_distances", "input": {"origin": "KIX"}}
            ).body
            job = imported(publisher)

            ended = joined.wait_for(
                of_status("task-status", "COMPLETED", "FAILED"), "the task's end"
            )
            assert ended["location"].endswith(f"/tasks/{made['id']}")
            assert publisher.follow(ended["location"]).body["id"] == made["id"]
            done = joined.wait_for(of_status("import-status", "COMPLETED"), "the import's end")
            assert done["location"].endswith(f"/imports/{job}")
            # The stranger's own change comes behind all of these.
            stranger.put("/items/AIRPORT/HND", KIX)
            other.wait_for(lambda _told: True, "the stranger's command")
            assert {one["pk"] for one in other.messages if "pk" in one} == {
                f"AIRPORT#{stranger.tenant}"
            }

    def test_approvals_are_told_to_those_who_are_asked(
        self, deployed: Deployed, client: Client, tenant: str
    ):
        closures = Closures(deployed, tenant)
        approver = client("approver")
        with live(approver) as joined, live(client("reader")) as reader:
            assert joined.subscribe()["actions"] == ["approval-status"]
            reader.subscribe()
            refused = reader.ask({"type": "subscribe", "actions": ["approval-status"]})
            assert (refused["type"], refused["code"]) == ("error", "role")

            key = closures.start("KIX")

            pending = joined.wait_for(of_status("approval-status", "PENDING"), "a request")
            assert pending["location"].endswith(f"/approvals/{key.request_id}")
            answered = approver.post(f"/approvals/{key.request_id}/approve", {"reason": "wet"})
            assert answered.status == 200, answered.text
            joined.wait_for(of_status("approval-status", "APPROVED"), "the answer")
            # That closes the airport by a command, which the reader follows.
            reader.wait_for(of_status("command-status", "FINISHED"), "the closing command")
            assert reader.told("approval-status") == []

    def test_one_item_can_be_followed_alone(self, publisher: HttpClient):
        pk = f"AIRPORT#{publisher.tenant}"
        with live(publisher) as joined:
            joined.subscribe("command-status", id="kix", pk=pk, sk_prefix="AIRPORT#KIX@")

            publisher.put("/items/AIRPORT/HND?sync=true", KIX)
            publisher.put("/items/AIRPORT/KIX", KIX)

            told = joined.wait_for(lambda _told: True, "a command's end")
            assert (told["sk"], told["subscriptions"]) == ("AIRPORT#KIX@1", ["kix"])

    def test_a_subscription_ends(self, publisher: HttpClient, table: Table):
        with live(publisher) as joined:
            joined.subscribe("command-status", id="commands")
            joined.subscribe("task-status", id="tasks")
            assert joined.ask({"type": "unsubscribe", "id": "commands"})["id"] == "commands"

            listening = table.listening(publisher.tenant)
            assert [item["sk"].partition("#")[0] for item in listening] == ["task-status"]


class TestMessages:
    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ("hello", "not-json"),
            ("[" * 2000, "not-json"),
            ("[]", "type"),
            ('{"type": "$connect"}', "type"),
            ('{"type": "subscribe", "actions": "task-status"}', "message"),
            ('{"type": "subscribe", "actions": ["none"]}', "action"),
            ('{"type": "subscribe", "pk": "AIRPORT#elsewhere"}', "tenant"),
            ('{"type": "unsubscribe"}', "id"),
        ],
    )
    def test_a_bad_one_is_told_and_the_connection_stays(
        self, publisher: HttpClient, message: str, code: str
    ):
        with live(publisher) as joined:
            told = joined.ask(message)

            assert (told["type"], told["code"]) == ("error", code), told
            assert joined.ask({"type": "ping"})["type"] == "pong"


def imported(publisher: HttpClient) -> str:
    """Import a file; the id of the job."""
    upload = publisher.post("/uploads", {"file": "airports.csv"}).body
    sent = send(upload["method"], upload["url"], FILE, **upload["headers"])
    assert sent.status == 200, sent.text
    body = {"target": "airports", "upload": upload["upload"], "mode": "DIRECT"}
    made = publisher.post("/imports", body)
    assert made.status == 202, made.text
    return str(made.body["id"])


class TestConnections:
    def test_one_that_ends_is_forgotten(self, publisher: HttpClient, table: Table):
        with live(publisher) as joined:
            joined.subscribe()
            assert len(table.connections(publisher.tenant)) == 1
            assert len(table.listening(publisher.tenant)) == 3

        wait_for(
            lambda: not table.connections(publisher.tenant) or None,
            "the connection to be forgotten",
        )
        assert table.listening(publisher.tenant) == []

    def test_one_that_is_gone_is_forgotten_when_it_is_told(
        self, deployed: Deployed, publisher: HttpClient, table: Table
    ):
        """API Gateway does not report every end."""
        later = int(time.time()) + 600
        everything: dict[str, Any] = {}
        table.put(
            f"LIVE#{publisher.tenant}",
            "command-status#gone",
            subscription_default=everything,
            expiresAt=later,
        )
        with live(publisher) as joined:
            joined.subscribe()
            before = deployed.dead_letters()

            publisher.put("/items/AIRPORT/KIX", KIX)

            joined.wait_for(of_status("command-status", "FINISHED"), "the command's end")
            wait_for(
                lambda: len(table.listening(publisher.tenant)) == 3 or None,
                "the gone connection to be forgotten",
            )
            assert deployed.dead_letters() == before

    def test_one_whose_token_is_over_is_told_nothing_and_closed(
        self, publisher: HttpClient, table: Table
    ):
        with live(publisher) as joined:
            joined.subscribe("command-status")
            (item,) = table.listening(publisher.tenant)
            connection = item["sk"].partition("#")[2]
            for pk, sk in ((item["pk"], item["sk"]), (f"CONNECTION#{connection}", CONNECTION)):
                table.put(pk, sk, expiresAt=int(time.time()) - 1)
            assert joined.ask({"type": "ping"})["code"] == "expired"

            publisher.put("/items/AIRPORT/KIX", KIX)

            wait_for(lambda: table.listening(publisher.tenant) == [] or None, "its end")
            assert joined.told("command-status") == []
            wait_for(lambda: _is_closed(joined) or None, "the connection to be closed")

    def test_one_that_reads_nothing_delays_nobody(self, client: Client, publisher: HttpClient):
        with ExitStack() as stack:
            silent = [stack.enter_context(live(client("reader"))) for _ in range(3)]
            for one in silent:
                one.subscribe("command-status")
            joined = stack.enter_context(live(publisher))
            joined.subscribe("command-status")

            for number in range(3):
                publisher.put(f"/items/AIRPORT/A{number}", KIX)

            for number in range(3):
                sk = f"AIRPORT#A{number}@1"
                joined.wait_for(lambda told, sk=sk: told["sk"] == sk, f"the end of {sk}")


def _is_closed(joined: LiveClient) -> bool:
    try:
        joined.connection.recv(timeout=0)
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False
    return False
