"""Read models in SQL and their rebuilds, on a stack of its own with a real PostgreSQL.

``READ_MODEL_ITEMS`` and ``READ_MODEL_KILLS`` make the rebuild larger, ``SQL_OUTAGE_SECONDS`` the
outage longer.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.airports_by_place import TABLE
from app.great_circle import Place, distance_km
from cli.migrating.migration import migrate
from cqrs.aws.clients import Clients
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import ItemKey
from cqrs.read_models.database import Database
from cqrs.read_models.places import Change, Generation
from cqrs.read_models.sql_place import SqlPlace
from cqrs.read_models.sql_target import Engine, SqlTarget
from cqrs.services import Services
from cqrs.settings import Settings
from tests.faults.stage import named_errors
from tests.integration.deployed import Deployed
from tests.integration.identities import session
from tooling.deployment import Deployment
from tooling.ministack import MiniStack
from tooling.postgres import PostgreSql

ENVIRONMENT, REGION = "local", "ap-northeast-1"
ITEMS = int(os.environ.get("READ_MODEL_ITEMS", "500"))
KILLS = int(os.environ.get("READ_MODEL_KILLS", "1"))
OUTAGE_SECONDS = int(os.environ.get("SQL_OUTAGE_SECONDS", "20"))
WITHIN_SECONDS = 120 + ITEMS / 10
COLUMNS = "pk, sk, version, is_deleted, name, search, city, country, latitude, longitude"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSql]:
    with PostgreSql() as started:
        yield started


@pytest.fixture(scope="module")
def database(postgres: PostgreSql) -> Database:
    target = SqlTarget(engine=Engine.URL, url=postgres.url)
    made = Database(target, lambda _: "")
    migrate(made, target, lambda _: None)
    return made


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    log = tmp_path_factory.mktemp("ministack") / "ministack.log"
    with MiniStack(log, settings={"SFN_WAIT_SCALE": "1"}) as started:
        yield started


@pytest.fixture(scope="module")
def sql(
    emulated: MiniStack,
    postgres: PostgreSql,
    database: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    del database
    folder = tmp_path_factory.mktemp("deployment")
    deployment = Deployment(
        ENVIRONMENT,
        endpoint_url=emulated.endpoint_url,
        work_folder=folder,
        log=folder / "cdktf.log",
        settings={"DATABASE_URL": postgres.url, "CQRS_WITHOUT_API": "1"},
    )
    deployment.deploy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", emulated.endpoint_url)
        outputs = deployment.outputs()
        services = Services(
            Settings.from_mapping(outputs), Clients(session(REGION)), SyncHandlers()
        )
        yield Deployed(deployment, emulated.endpoint_url, services, outputs)


def act(sql: Deployed, action: str, **payload: object) -> dict:
    """Call an action, again if it met a process that was killed."""

    def answered():
        try:
            answer, error = sql.invoke({"source": "direct", "action": action, "payload": payload})
        except sql.services.clients.lambda_.exceptions.TooManyRequestsException:
            return None
        return (answer,) if error is None else None

    (answer,) = until(answered, 120.0)
    assert answer["status"] == "ok", answer
    return answer["result"]


def until(condition, within: float = 60.0, pause: float = 0.2):
    deadline = time.monotonic() + within
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(pause)


def attributes(number: int, version: int = 1) -> dict:
    return {
        "city": f"City {number}",
        "country": ("Japan", "Chile", "Ghana")[number % 3],
        "latitude": (number * 37 + version) % 170 - 85,
        "longitude": (number * 91 + version) % 350 - 175,
    }


def rows(database: Database, generation: int, tenant: str) -> dict:
    found = database.run(
        f"SELECT {COLUMNS} FROM airports_by_place WHERE generation = :g AND pk LIKE :pk",  # noqa: S608
        g=generation,
        pk=f"%#{tenant}",
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in found}


def living(sql: Deployed) -> int:
    return act(sql, "show_read_model", name="airports_by_place")["living"]["generation"]


def test_airports_are_found_by_name_country_and_distance(sql: Deployed, tenant):
    pk = f"AIRPORT#{tenant}"
    places = {number: attributes(number) for number in range(30)}
    ends = [
        sql.services.commands.publish(
            pk, f"AIRPORT#{number}", name=f"Port {number}", attributes=where
        ).key
        for number, where in places.items()
    ]
    assert {sql.end_of(key).status for key in ends} == {"FINISHED"}

    here = Place(35.0, 135.0)
    near, cursor = [], None
    while True:
        page = act(
            sql,
            "find_airports",
            tenant=tenant,
            latitude=35.0,
            longitude=135.0,
            within_km=9000.0,
            limit=4,
            **({"cursor": cursor} if cursor else {}),
        )
        near += [(airport["sk"], airport["km"]) for airport in page["airports"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    expected = sorted(
        (distance_km(here, Place(where["latitude"], where["longitude"])), f"AIRPORT#{number}")
        for number, where in places.items()
    )
    assert near == [(sk, pytest.approx(km, abs=0.001)) for km, sk in expected if km <= 9000]

    found = act(sql, "find_airports", tenant=tenant, name="PORT 1", country="Chile")
    assert [airport["name"] for airport in found["airports"]] == [
        f"Port {number}" for number in sorted((1, 10, 13, 16, 19), key=str)
    ]
    assert act(sql, "find_airports", tenant="nobody")["airports"] == []


def test_an_older_version_never_overwrites_a_later_row(sql: Deployed, database, tenant):
    pk = f"AIRPORT#{tenant}"
    for version in (1, 2):
        key = sql.services.commands.publish(
            pk,
            "AIRPORT#1",
            name=f"v{version}",
            attributes=attributes(1, version),
            is_deleted=version == 2,
        ).key
    assert sql.end_of(key).status == "FINISHED"
    (row,) = rows(database, living(sql), tenant).values()
    assert row[:3] == (2, True, None)

    assert act(sql, "replay_item", name="airports_by_place", pk=pk, sk="AIRPORT#1") == {
        "version": 2
    }
    assert rows(database, living(sql), tenant) == {(pk, "AIRPORT#1"): row}


class Writers:
    """Publishes versions of random items until it is told to stop; failed ones are kept."""

    def __init__(self, sql: Deployed, pk: str, items: int, threads: int = 4, rate: float = 12):
        self._sql, self._pk, self._items = sql, pk, items
        self._stop = threading.Event()
        self._step = threads
        self._pause = threads / rate
        self._pool = ThreadPoolExecutor(threads)
        self.published: dict[str, int] = {}
        self.count = 0
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._threads = [self._pool.submit(self._write, number) for number in range(threads)]

    def _write(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - a load, not a secret
        while not self._stop.is_set():
            item = chance.randrange(number, self._items, self._step)
            sk = f"AIRPORT#{item:06}"
            begun = time.monotonic()
            key = self._sql.services.commands.publish(
                self._pk,
                sk,
                name=f"Port {item} of {begun}",
                attributes=attributes(item, chance.randrange(9)),
                is_deleted=chance.random() < 0.05,
            ).key
            with self._lock:
                self.count += 1
                self.published[sk] = max(key.version, self.published.get(sk, 0))
            self._stop.wait(max(0.0, self._pause - (time.monotonic() - begun)))

    def stop(self) -> float:
        """End it; commands a second."""
        self._stop.set()
        for thread in self._threads:
            thread.result()
        return self.count / (time.monotonic() - self._begun)

    def unfinished(self) -> list:
        data = self._sql.services.data
        return [
            sk
            for sk, version in self.published.items()
            if (found := data.get(self._pk, sk)) is None or found.version < version
        ]


def seed(sql: Deployed, database: Database, pk: str, number: int) -> None:
    """Put items that look published, and the rows that their commands would have made."""
    table = sql.services.clients.dynamodb
    place, generation = SqlPlace(database, TABLE), Generation("airports_by_place", living(sql), 1)
    tenant = pk.partition("#")[2]

    def put(start: int) -> None:
        requests = []
        for item in range(start, min(start + 25, number)):
            stored = {
                "pk": pk,
                "sk": f"AIRPORT#{item:06}",
                "version": 1,
                "name": f"Port {item}",
                "isDeleted": False,
                "tenantCode": tenant,
                "requestId": f"seed{item}",
                "attributes": attributes(item),
                "createdAt": "2026-01-01T00:00:00.000Z",
                "updatedAt": "2026-01-01T00:00:00.000Z",
            }
            requests.append({"PutRequest": {"Item": to_attribute_values(stored)}})
        name = sql.services.settings.data_table
        table.batch_write_item(RequestItems={name: requests})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(0, number, 25)))
    for start in range(0, number, 1000):
        changes = []
        for item in range(start, min(start + 1000, number)):
            where = attributes(item)
            shown = {"name": f"Port {item}", "search": f"port {item}", **where}
            changes.append(Change(ItemKey(pk, f"AIRPORT#{item:06}"), 1, shown))
        place.write(generation, changes)


def worker_pids() -> list[int]:
    """Processes that run the function for this emulator."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                parents = _ancestors(int(entry.name))
            except OSError:
                continue
            if b"python" in command and parents & OWN and int(entry.name) not in OWN:
                found.append(int(entry.name))
    return found


MOST_KILLED = 6

OWN: set[int] = set()
"""The emulator's process."""


def _ancestors(pid: int) -> set[int]:
    found = set()
    while pid > 1:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        pid = int(stat.rpartition(")")[2].split()[1])
        found.add(pid)
    return found


def kill_workers(emulated: MiniStack) -> int:
    OWN.add(emulated.pid)
    # Emulated functions begin slowly, and the death of all would take minutes.
    pids = worker_pids()[-MOST_KILLED:]
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return len(pids)


@pytest.mark.skipif(
    "READ_MODEL_ITEMS" not in os.environ,
    reason="takes minutes of a machine of its own: make test-rebuild",
)
def test_a_rebuild_under_load_that_is_killed_ends_equal(
    sql: Deployed, database, emulated: MiniStack, tenant
):
    pk = f"AIRPORT#{tenant}"
    seed(sql, database, pk, ITEMS)
    before = living(sql)
    writers = Writers(sql, pk, ITEMS, rate=16)
    begun = time.monotonic()
    act(sql, "rebuild_read_model", name="airports_by_place", segments=4)

    def progress() -> dict:
        return act(sql, "show_read_model", name="airports_by_place")["run"]

    def read() -> int:
        return sum(counts.get("read", 0) for counts in progress()["counts"].values())

    killed = 0
    for number in range(KILLS):
        share = (number + 1) * 2 * ITEMS / (KILLS + 1)
        until(lambda share=share: read() >= min(share, 1.8 * ITEMS), WITHIN_SECONDS, 0.5)
        killed += bool(kill_workers(emulated))
        # A process that died may have been the one that leads the run on.
        time.sleep(1)
        act(sql, "rebuild_read_model", name="airports_by_place")
    until(lambda: progress()["phase"] in {"done", "ready"}, WITHIN_SECONDS, 1.0)
    took = time.monotonic() - begun
    rate = writers.stop()
    until(lambda: not writers.unfinished(), WITHIN_SECONDS, 1.0)
    until(lambda: settled(sql), WITHIN_SECONDS, 1.0)

    run = progress()
    print(  # noqa: T201 - figures of docs/reliability.md
        f"\n{ITEMS} items, {writers.count} commands at {rate:.1f}/s, killed {killed} times, "
        f"{took:.0f} s: {run['counts']}"
    )
    assert (run["phase"], killed) == ("done", KILLS), run
    assert living(sql) == before + 1
    assert_equal_to_data(sql, database, pk, tenant, living(sql))
    assert rows(database, living(sql), tenant) == rows(database, before, tenant)
    statuses = {sql.services.commands.get(key).status for key in writers_keys(writers, pk)}
    assert statuses == {"FINISHED"}


def writers_keys(writers: Writers, pk: str):
    return [ItemKey(pk, sk).at(version) for sk, version in writers.published.items()]


def settled(sql: Deployed) -> bool:
    return not [
        entry
        for entry in sql.services.read_model_runs._with.unfinished.all()
        if entry.get("status") == "PUBLISHED"
    ]


def assert_equal_to_data(sql: Deployed, database: Database, pk: str, tenant: str, number: int):
    """A model that was never rebuilt would show just the data."""
    shown = rows(database, number, tenant)
    expected = {}
    for item in sql.services.data.list_all(pk):
        where = item.attributes
        row = (None,) * 6
        if not item.is_deleted:
            row = (
                item.name,
                item.name.casefold(),
                where["city"],
                where["country"],
                float(where["latitude"]),
                float(where["longitude"]),
            )
        expected[pk, item.key.sk] = (item.version, item.is_deleted, *row)
    assert shown == expected


def test_a_database_that_is_away_delays_commands_and_fails_none(
    sql: Deployed, database, postgres: PostgreSql, tenant
):
    pk = f"AIRPORT#{tenant}"
    with named_errors(sql):
        writers = Writers(sql, pk, 20, threads=4, rate=8)
        postgres.stop()
        begun = time.monotonic()
        until(lambda: time.monotonic() - begun > OUTAGE_SECONDS, OUTAGE_SECONDS + 60)
        postgres.start()
        rate = writers.stop()
        until(
            lambda: not writers.unfinished() and settled(sql),
            600 + 3 * OUTAGE_SECONDS,
            1.0,
        )
    print(  # noqa: T201 - figures of docs/reliability.md
        f"\naway {OUTAGE_SECONDS} s, {writers.count} commands at {rate:.1f}/s, all applied "
        f"{time.monotonic() - begun - OUTAGE_SECONDS:.0f} s after its end"
    )

    statuses = [sql.services.commands.get(key).status for key in writers_keys(writers, pk)]
    assert set(statuses) == {"FINISHED"}
    assert_equal_to_data(sql, database, pk, tenant, living(sql))
