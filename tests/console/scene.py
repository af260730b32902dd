"""Work of every kind for the browser to find, some of it failed, in tenants of the test's own."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Put
from cqrs.commands.models import Command, CommandStatus, Content, SyncMode
from cqrs.core.clock import now_iso
from cqrs.core.keys import CommandKey
from cqrs.notifications.links import ConsoleLinks
from cqrs.resources import Queue
from cqrs.roles import Role
from tests.integration.closures import Closures
from tests.integration.conftest import REGION
from tests.integration.deployed import wait_for
from tests.integration.identities import session
from tests.integration.left_behind import leave_behind

if TYPE_CHECKING:
    from tests.integration.deployed import Deployed

LONG_AGO = "2026-01-01T00:00:00.000Z"
NOTE = "NOTE"
VERSIONS_BEHIND = 2

PICTURED = "acme"
"""The tenant of the pictures."""


@dataclass(frozen=True)
class Scene:
    """Names of what was prepared; the browser's tests get them as JSON.

    Attributes
    ----------
    url, pool_url
        Addresses of the console: with tokens of its own, and with those of the user pool.
    person
        Address and password of a user of the pool, who may do all in the tenant.
    tenant, other
        Two tenants, each with items of its own.
    chain
        Id of a NOTE whose first version has failed, with two behind it.
    alone
        Id of a NOTE of the other tenant whose only version has failed.
    stuck
        Subject of a finding that a repair mends.
    letter
        Text of a dead letter.
    approval, link
        Id of a request that waits, and the link to it that notices tell.
    bell
        Address that brings an alarm to the state that is posted below it.
    """

    url: str
    pool_url: str
    person: tuple[str, str]
    tenant: str
    other: str
    chain: str
    alone: str
    stuck: str
    letter: str
    approval: str
    link: str
    bell: str = ""

    @classmethod
    def made(cls, deployed: Deployed, url: str, pool_url: str) -> Scene:
        """Prepare it."""
        mark = uuid.uuid4().hex[:8]
        tenant, other = f"acme-{mark}", f"beta-{mark}"
        _publish_airports(deployed, tenant, other)
        _fail_the_third_version(deployed, PICTURED)
        approval = Closures(deployed, tenant).ask("UKY").request_id
        return cls(
            url=url,
            pool_url=pool_url,
            person=_make_a_person(deployed, tenant),
            tenant=tenant,
            other=other,
            chain=_fail_a_chain(deployed, tenant),
            alone=_fail_one(deployed, other, "alone"),
            stuck=_leave_a_command(deployed, tenant),
            letter=_set_aside(deployed, mark),
            approval=approval,
            link=ConsoleLinks(pool_url).to(tenant, "approvals", approval) or "",
        )

    @property
    def document(self) -> str:
        """As the browser's tests read it."""
        return json.dumps(asdict(self))


def _make_a_person(deployed: Deployed, tenant: str) -> tuple[str, str]:
    """A user who knows a password, as an administrator of the pool makes one."""
    address, password = f"{tenant}@example.com", f"Aa1!{uuid.uuid4().hex}"
    cognito = session(REGION).client("cognito-idp")
    known = {"UserPoolId": deployed.outputs["user_pool_id"], "Username": address}
    attributes = {"email": address, "name": "Carla", "custom:tenants": tenant}
    cognito.admin_create_user(
        **known,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": text} for name, text in attributes.items()],
    )
    cognito.admin_set_user_password(**known, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(**known, GroupName=Role.ADMINISTRATOR.value)
    return address, password


def _publish_airports(deployed: Deployed, tenant: str, other: str) -> None:
    places = {"HND": ("Haneda", 35.55, 139.78), "ITM": ("Itami", 34.78, 135.44)}
    for code, (name, latitude, longitude) in places.items():
        attributes = {"country": "Japan", "latitude": latitude, "longitude": longitude}
        _publish(deployed, tenant, "AIRPORT", code, name, attributes)
    _publish(deployed, other, "AIRPORT", "CDG", "Roissy", {"country": "France"})


def _publish(
    deployed: Deployed, tenant: str, kind: str, code: str, name: str, attributes: dict[str, Any]
) -> CommandKey:
    result = deployed.services.commands.publish(
        f"{kind}#{tenant}", f"{kind}#{code}", name=name, attributes=attributes
    )
    return result.key


def _fail_a_chain(deployed: Deployed, tenant: str) -> str:
    """A first version that has failed for once, and two that have failed behind it."""
    _fail_one(deployed, tenant, "chain")
    for number in range(VERSIONS_BEHIND):
        key = _publish(deployed, tenant, NOTE, "chain", f"Note {number}", {"n": number + 2})
        assert deployed.end_of(key).status == "FAILED"
    return "chain"


def _fail_one(deployed: Deployed, tenant: str, code: str) -> str:
    left = leave_behind(deployed, f"{NOTE}#{tenant}", f"{NOTE}#{code}")
    deployed.services.ordering.fail(left.key, 0, "Odd", "A service was away.")
    return code


def _fail_the_third_version(deployed: Deployed, tenant: str) -> None:
    """An airport of four versions for the pictures, of which the third has failed by itself."""
    japan = {"country": "Japan", "city": "Osaka"}
    located = {**japan, "latitude": 34.43, "longitude": 135.23}
    for attributes in (japan, located):
        key = _publish(deployed, tenant, "AIRPORT", "KIX", "Kansai", attributes)
        assert deployed.end_of(key).status == "FINISHED"
    moved = {**located, "city": "Izumisano"}
    third = Command(
        key=key.item.at(3),
        content=Content("Kansai International", moved),
        status=CommandStatus.PUBLISHED,
        sync_mode=SyncMode.SYNC,
        request_id=f"third-{tenant}",
        created_at=now_iso(),
        created_by="Bob",
    )
    services = deployed.services
    item = third.to_item({"attributes": moved})
    services.store.put(Put(services.settings.commands_table, item))
    cause = "Sync handler seat_map: TimeoutError: The seat service did not answer."
    services.ordering.fail(third.key, 0, "SyncHandlerFailed", cause)
    behind = _publish(
        deployed, tenant, "AIRPORT", "KIX", "Kansai International", {**moved, "runways": 2}
    )
    assert deployed.end_of(behind).status == "FAILED"


def _leave_a_command(deployed: Deployed, tenant: str) -> str:
    left = leave_behind(deployed, f"{NOTE}#{tenant}", f"{NOTE}#stuck", LONG_AGO)
    return f"{left.pk} {left.key.sk}"


def _set_aside(deployed: Deployed, mark: str) -> str:
    """Put a message that nobody can read beside the queue of notifications."""
    text = f"not for anybody {mark}"
    url = deployed.outputs["dead_letter_queue_urls"][Queue.NOTIFICATION]
    deployed.services.clients.sqs.send_message(QueueUrl=url, MessageBody=text)
    wait_for(lambda: deployed.dead_letters() or None, "the dead letter")
    return text
