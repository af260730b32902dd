"""All four use cases, by two people who know the address of the API and their passwords."""

from __future__ import annotations

import csv
import io
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from rich.console import Console

from app.airport_closure import AIRPORT_CLOSURE
from app.airports_by_country import AIRPORT
from app.airports_import import AIRPORTS
from app.route_distances import ROUTE_DISTANCES
from cqrs.notifications.queue import Action
from cqrs.roles import Role
from demo.airports import Airport, first_rows
from demo.checks import Check, print_checks
from demo.distances import is_right
from demo.heading import print_heading
from demo.over_http.channel import Channel, live
from demo.over_http.person import Person, exchange
from demo.run import Run

SHOWN = 20
VERSIONS = 2
AT_ONCE = 4
SPOILT_LATITUDE = "95.2"
ROWS = 20
LONGEST_SECONDS = 240.0
UNDER_WAY = frozenset({"CREATED", "QUEUED", "PROCESSING"})


@dataclass(frozen=True, slots=True)
class Scene:
    """The people and what they are told.

    Attributes
    ----------
    publisher, approver
        The people.
    news, requests
        The notifications of each of them.
    airports
        The airports that they work on.
    """

    publisher: Person
    approver: Person
    news: Channel
    requests: Channel
    airports: list[Airport]


def demonstrate_api(run: Run, console: Console) -> bool:
    """Run the use cases over HTTP and the live channel; True if every count is right."""
    tenant = f"{run.tenant}-api"
    print_heading(
        console,
        "HTTP API",
        f"{SHOWN} airports, a task, an import and an approval over HTTP and WebSocket, "
        f"tenant {tenant}",
    )
    started = time.monotonic()
    environment = run.connection.environment.name
    anna = Person.sign_in(environment, tenant, "Anna", Role.PUBLISHER)
    bob = Person.sign_in(environment, tenant, "Bob", Role.APPROVER)
    with ExitStack() as open_channels:
        scene = Scene(
            anna,
            bob,
            open_channels.enter_context(
                live(anna, Action.COMMAND_STATUS, Action.TASK_STATUS, Action.IMPORT_STATUS)
            ),
            open_channels.enter_context(live(bob, Action.APPROVAL_STATUS)),
            run.airports[:SHOWN],
        )
        checks = [
            *_publish(scene),
            *_run_task(scene),
            *_import(scene),
            *_close(scene, scene.airports[0]),
        ]
    footer = f"ended after {time.monotonic() - started:.1f} s"
    print_checks(console, "Answers of the API", checks, footer)
    console.print(
        f"Ask it yourself: .venv/bin/cqrs token --tenant {tenant} --role publisher, "
        f"then GET {anna.api_url}/v1/tenants/{tenant}/items/{AIRPORT}",
        soft_wrap=True,
    )
    return all(check.holds for check in checks)


def _publish(scene: Scene) -> Iterator[Check]:
    """Put each airport, and complete it by a second version that builds on the first."""
    anna = scene.publisher

    def publish(airport: Airport) -> list[int]:
        place = f"/items/{AIRPORT}/{airport.iata}"
        begun = {"country": airport.country, "city": airport.city}
        located = {"latitude": airport.latitude, "longitude": airport.longitude}
        key = str(uuid.uuid4())
        content = {"name": airport.name, "attributes": begun}
        statuses = [anna.ask("PUT", place, content, Idempotency_Key=key).status for _ in range(2)]
        change = {"attributes": located}
        statuses.append(anna.ask("PATCH", place, change, If_Match='"1"').status)
        statuses.append(anna.ask("PATCH", place, change, If_Match='"1"').status)
        return statuses

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(publish, scene.airports))

    def all_applied() -> list[dict[str, Any]] | None:
        listed: list[dict[str, Any]] = anna.done("GET", f"/items/{AIRPORT}?limit=100").body["items"]
        applied = sum(item["version"] for item in listed)
        return listed if applied >= len(scene.airports) * VERSIONS else None

    items = scene.news.follow(all_applied, "the airports", LONGEST_SECONDS)
    total = len(scene.airports) * VERSIONS
    scene.news.follow(
        lambda: True if _finished(scene.news) >= total else None, "the ends", LONGEST_SECONDS
    )
    yield Check("commands accepted, repeats among them", _count(answers, 202), 3 * SHOWN)
    yield Check("changes of an old version refused", _count(answers, 412), SHOWN)
    yield Check("airports at version 2", sum(one["version"] == VERSIONS for one in items), SHOWN)
    yield Check("ends told live", _finished(scene.news), total)


def _finished(news: Channel) -> int:
    ends = {
        (told["sk"], told["content"]["status"])
        for told in news.told
        if told["action"] == Action.COMMAND_STATUS
    }
    return sum(status == "FINISHED" for _, status in ends)


def _count(answers: list[list[int]], status: int) -> int:
    return sum(statuses.count(status) for statuses in answers)


def _run_task(scene: Scene) -> Iterator[Check]:
    anna = scene.publisher
    items = [{"origin": airport.iata} for airport in scene.airports]
    made = anna.done("POST", "/tasks", {"type": ROUTE_DISTANCES, "items": items})
    task = _end_of(scene, made.headers["location"], "the task")
    sub_tasks = anna.done("GET", f"/tasks/{task['id']}/sub-tasks?limit=100").body["tasks"]
    right = sum(is_right(one["result"], scene.airports) for one in sub_tasks)
    told = {one["content"]["status"] for one in _told_of(scene.news, made.headers["location"])}
    yield Check("task COMPLETED", int(task["status"] == "COMPLETED"), 1)
    yield Check("sub-tasks with the right result", right, SHOWN)
    yield Check("its end told live", int("COMPLETED" in told), 1)


def _import(scene: Scene) -> Iterator[Check]:
    """Upload a file of which one row must be rejected, and import it."""
    anna = scene.publisher
    link = anna.done("POST", "/uploads", {"file": "airports.csv"}).body
    exchange(link["method"], link["url"], _file(), link["headers"])
    made = anna.done("POST", "/imports", {"target": AIRPORTS, "upload": link["upload"]})
    job = _end_of(scene, made.headers["location"], "the import")
    rejected = anna.done("GET", f"/imports/{quote(job['id'])}/rejected-rows").body["rows"]
    yield Check("import with errors", int(job["status"] == "COMPLETED_WITH_ERRORS"), 1)
    yield Check("rows imported", job["counts"]["succeeded"], ROWS - 1)
    yield Check("rows rejected, and told why", len(rejected), 1)
    yield Check("import told live", int(bool(_told_of(scene.news, made.headers["location"]))), 1)


def _file() -> str:
    """Rows behind those that were published, one of them with a latitude that cannot be."""
    rows = first_rows(SHOWN + ROWS)[SHOWN:]
    rows[0]["latitude"] = SPOILT_LATITUDE
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _close(scene: Scene, airport: Airport) -> Iterator[Check]:
    """Ask to close an airport; the approver sees the request come, and approves it."""
    anna, bob = scene.publisher, scene.approver
    asked = {"airport": airport.iata, "reason": "the runway is under water"}
    anna.done("POST", f"/workflows/{AIRPORT_CLOSURE}/executions", {"input": asked})

    def request() -> str | None:
        listed = bob.done("GET", "/approvals").body["requests"]
        return listed[0]["id"] if listed else None

    place = f"/approvals/{quote(scene.requests.follow(request, 'a request', LONGEST_SECONDS))}"
    approved = bob.done("POST", f"{place}/approve", {"reason": "It is."}).body
    item = f"/items/{AIRPORT}/{airport.iata}"
    gone = scene.news.follow(
        lambda: True if anna.ask("GET", item).status == 404 else None,  # noqa: PLR2004 - not found
        "the closed airport",
        LONGEST_SECONDS,
    )
    refused = anna.ask("POST", f"{place}/approve", {}).status
    told = {told["content"]["status"] for told in scene.requests.told}
    yield Check("request APPROVED", int(approved["status"] == "APPROVED"), 1)
    yield Check("who approved it is verified", int(approved["is_answer_verified"]), 1)
    yield Check("airport closed", int(gone), 1)
    yield Check("request told live", int("PENDING" in told), 1)
    yield Check("answer of somebody without the role refused", int(refused == 403), 1)  # noqa: PLR2004


def _end_of(scene: Scene, location: str, what: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = scene.publisher.follow("GET", location).body
        return None if found["status"] in UNDER_WAY else found

    end = scene.news.follow(ended, what, LONGEST_SECONDS)
    status = end["status"]
    scene.news.follow(
        lambda: True if status in _statuses(scene.news, location) else None,
        f"the word of {what}",
        LONGEST_SECONDS,
    )
    return end


def _statuses(news: Channel, location: str) -> set[str]:
    return {told["content"]["status"] for told in _told_of(news, location)}


def _told_of(news: Channel, location: str) -> list[dict[str, Any]]:
    return [told for told in news.told if told["location"] == location]
