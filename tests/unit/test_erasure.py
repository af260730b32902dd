"""An erased tenant is found nowhere, and its neighbours are untouched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import ItemKey
from cqrs.deployment.stores import ERASED, Store
from cqrs.erasure.eraser import ELSEWHERE, Eraser, NothingKnown, StillWritten, WorkUnderWay
from cqrs.erasure.letters import owner_of
from cqrs.erasure.records import ErasureRecords
from cqrs.erasure.subjects import ItemSubject, Subject, TenantSubject
from cqrs.read_models.run_rounds import TENANT as RUNS
from cqrs.read_models.runs import Plan, RunKind, RunRecords, Segment
from cqrs.read_models.tally import LONGEST_EXAMPLE
from cqrs.resources import RUN_TASK
from cqrs.services import Services
from cqrs.settings import Settings
from tests.unit.conftest import PREFIX, REGION, MotoClients
from tests.unit.erasing.planting import OWN_BUCKET, OWN_TABLE, Planting
from tests.unit.erasing.stores import Stored, holding, stored

pytestmark = pytest.mark.moto_tables

TENANT, MARKER = "b", "jane-roe-8f3a"
NEIGHBOURS = ("a", "ab", "bb", "b2", "B", "b.")
"""Tenants whose code begins or ends as the erased one's, or differs in its case."""

WRITES = frozenset({"DeleteItem", "DeleteObjects", "DeleteMessage", "PutObject", "UpdateItem"})


class Killed(BaseException):
    """The process ends here."""


class Deadly:
    """Ends the process before a write, counted from the last start."""

    def __init__(self, clients: MotoClients) -> None:
        self.left: int | None = None
        for client in (clients.dynamodb, clients.s3, clients.sqs):
            client.meta.events.register("before-call", self._sent)

    def _sent(self, model: Any, **_details: Any) -> None:
        if self.left is None or model.name not in WRITES:
            return
        if not self.left:
            raise Killed
        self.left -= 1


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings,
        api_table=f"{PREFIX}api",
        connections_table=f"{PREFIX}connections",
        own_resources=f"table:{OWN_TABLE} bucket:{OWN_BUCKET}",
    )


@pytest.fixture
def buckets(settings: Settings) -> tuple[str, ...]:
    return settings.bucket, f"{PREFIX}{OWN_BUCKET}-123456789012"


@pytest.fixture
def services(
    settings: Settings,
    clients: MotoClients,
    buckets: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> Services:
    monkeypatch.setattr("cqrs.dead_letters.queue.LONG_POLL_SECONDS", 0)
    for name in ("api", "connections", OWN_TABLE):
        clients.dynamodb.create_table(
            TableName=f"{PREFIX}{name}",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
        )
    clients.s3.create_bucket(
        Bucket=buckets[1], CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    clients.sqs.create_queue(QueueName=f"{PREFIX}events-dlq")
    for bucket in buckets:
        clients.s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    return Services(settings, clients, SyncHandlers())


def plant(services: Services, *tenants: str) -> None:
    for tenant in tenants:
        Planting(services, tenant, _marker_of(tenant)).everywhere()


def _marker_of(tenant: str) -> str:
    return MARKER if tenant == TENANT else f"neighbour-{tenant}-of-it"


def erase(services: Services, subject: Subject) -> dict[str, int]:
    eraser = Eraser(services, subject)
    erasure = eraser.begin("ann", "asked for")
    for _ in eraser.run(erasure):
        pass
    eraser.finish(erasure, [])
    return erasure.counts


def without_records(everything: Stored) -> Stored:
    return {at: content for at, content in everything.items() if "erasures/" not in str(at)}


def test_an_erased_tenant_is_found_nowhere_and_its_neighbours_are_untouched(
    services: Services, buckets: tuple[str, ...]
) -> None:
    plant(services, TENANT, *NEIGHBOURS)
    before = stored(services, buckets)

    counts = erase(services, TenantSubject(TENANT))

    after = stored(services, buckets)
    assert holding(before, MARKER)
    assert holding(after, MARKER) == []
    expected = {at: text for at, text in before.items() if MARKER not in f"{at} {text}"}
    assert without_records(after) == expected
    assert len(before) - len(expected) <= sum(counts.values()) + len(NEIGHBOURS)
    assert not any(Eraser(services, TenantSubject(TENANT)).counts().values())


def test_every_store_has_something_to_erase(services: Services) -> None:
    """Or else the search could not miss what a store that is left out keeps."""
    plant(services, TENANT)

    counts = Eraser(services, TenantSubject(TENANT)).counts()

    assert [name for name, count in counts.items() if not count] == []
    assert len(counts) == len(ERASED)


@pytest.mark.parametrize("left_out", ERASED, ids=str)
def test_the_search_finds_a_store_that_is_left_out(
    services: Services,
    buckets: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    left_out: Store,
) -> None:
    plant(services, TENANT)
    others = tuple(store for store in ERASED if store != left_out)
    monkeypatch.setattr("cqrs.erasure.stores.ERASED", others)

    erase(services, TenantSubject(TENANT))

    assert holding(stored(services, buckets), MARKER)


def test_an_erasure_that_is_killed_again_and_again_goes_on(
    services: Services, clients: MotoClients, buckets: tuple[str, ...]
) -> None:
    plant(services, TENANT, "ab")
    before, deadly, starts = stored(services, buckets), Deadly(clients), 0

    while True:
        # More each time, as a page whose items lead to others takes several writes.
        deadly.left, starts = 2 + starts // 8, starts + 1
        try:
            erase(services, TenantSubject(TENANT))
        except Killed:
            continue
        break
    deadly.left = None

    after = stored(services, buckets)
    assert starts > len(ERASED)
    assert holding(after, MARKER) == []
    assert without_records(after) == {
        at: text for at, text in before.items() if MARKER not in f"{at} {text}"
    }
    (record,) = ErasureRecords(services.objects).all()
    assert record.is_done


def test_the_record_keeps_that_it_happened_and_nothing_of_it(services: Services) -> None:
    plant(services, TENANT)

    eraser = Eraser(services, TenantSubject(TENANT))
    erasure = eraser.begin("ann", "contract ended")
    list(eraser.run(erasure))
    eraser.finish(erasure, [{"store": "backups", "until": "2027-01-01", "why": "they expire"}])

    (record,) = ErasureRecords(services.objects).of(TenantSubject(TENANT))
    assert (record.by, record.reason, record.is_done) == ("ann", "contract ended", True)
    assert record.counts["table data"] > 0
    assert record.expires[0]["until"] == "2027-01-01"
    assert MARKER not in str(record.to_mapping())
    assert ErasureRecords(services.objects).under_way(TenantSubject(TENANT)) is None


def test_one_item_is_erased_with_all_that_shows_it(
    services: Services, buckets: tuple[str, ...]
) -> None:
    planted = Planting(services, TENANT, MARKER)
    planted.item()
    planted.read_model()
    planted.letters()
    planted.object(f"attributes/{'0' * 60}/{MARKER}-unnamed.json", "of nobody")
    other = Planting(services, TENANT, "other-item")
    other.item()
    other.item(sk=f"{planted.sk}@1")
    before = stored(services, buckets)

    erase(services, ItemSubject(ItemKey(planted.pk, planted.sk)))

    after = stored(services, buckets)
    gone = before.keys() - after.keys()
    left = [at for at in holding(after, MARKER) if "other-item" not in after[at]]
    assert left == holding(before, "of nobody")
    assert {at: after[at] for at in before.keys() - gone} == {
        at: before[at] for at in before.keys() - gone
    }
    assert not [at for at in gone if "other-item" in before[at]]
    (record,) = ErasureRecords(services.objects).all()
    assert MARKER not in str(record.to_mapping())


def _run_that_names(services: Services, examples: list[str], cursor: Any) -> tuple[Any, Any]:
    records = RunRecords(services.store, services.settings.read_models_table)
    run = records.create("people", RunKind.REPLAY, Plan())
    segment = Segment(cursor, pages=1)
    assert records.advance(run, 0, segment, {"read": 3}, examples) is not None
    return records, run


OTHERS = ["PERSON#bb PERSON#1: ValidationError: no city", "PERSON#b PERSON#12: refused"]


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        (ItemSubject(ItemKey("PERSON#b", "PERSON#1")), OTHERS),
        (TenantSubject("b"), OTHERS[:1]),
        (TenantSubject("people"), None),
    ],
    ids=str,
)
def test_runs_of_read_models_name_what_is_erased_no_more(
    services: Services, subject: Subject, left: list[str] | None
) -> None:
    told = ["PERSON#b PERSON#1: ValidationError: Jane", "PERSON#b PERSON#1@3: waits", *OTHERS]
    cursor = {"pk": "PERSON#b", "sk": "PERSON#1"}
    records, run = _run_that_names(services, told, cursor)
    before = records.segment(run, 0)

    counts = erase(services, subject)

    assert counts.get("table read_models", 0) == (0 if left is None else 1)
    after = records.counted(records.get("people", run.id))
    assert list(after.examples) == (told if left is None else left)
    assert after.counts == {"fill": {"read": 3}}
    assert records.segment(run, 0) == (before if left is None else replace(before, cursor=None))


def test_a_run_that_names_only_what_is_erased_has_no_examples(services: Services) -> None:
    name = "PERSON#" + "x" * 900
    told = [f"PERSON#b {name}: refused"[:LONGEST_EXAMPLE]]
    records, run = _run_that_names(services, told, {"more": True})

    erase(services, ItemSubject(ItemKey("PERSON#b", name)))

    assert records.counted(run).examples == []
    assert records.segment(run, 0).cursor == {"more": True}


def test_running_work_is_refused_and_named(services: Services) -> None:
    services.commands.publish("PERSON#b", "PERSON#1", name="x", attributes={}, version=0)
    services.commands.publish("PERSON#bb", "PERSON#2", name="x", attributes={}, version=0)
    services.tasks.create_task("report", {}, "b")
    eraser = Eraser(services, TenantSubject("b"))

    with pytest.raises(WorkUnderWay, match=r"PERSON#b PERSON#1@1.*task TASK#b") as refused:
        list(eraser.run(eraser.begin("ann", "x")))

    assert len(refused.value.work) == 2
    assert services.commands.get(ItemKey("PERSON#b", "PERSON#1").at(1)) is not None
    assert Eraser(services, TenantSubject("a")).work_under_way() == []


@pytest.mark.parametrize(
    "subject", [TenantSubject("b"), ItemSubject(ItemKey("PERSON#b", "PERSON#1"))], ids=str
)
def test_a_run_of_a_read_model_is_waited_for(services: Services, subject: Subject) -> None:
    """It writes a page of items some time after it has read them."""
    services.tasks.create_step_function_task(RUN_TASK, [{"model": "people"}], RUNS)
    services.tasks.create_step_function_task(RUN_TASK, [{"model": "people"}], "other")
    eraser = Eraser(services, subject)

    with pytest.raises(
        WorkUnderWay, match=rf"run of a read model SFN_TASK#{RUNS} .*read-model can"
    ):
        list(eraser.run(eraser.begin("ann", "x")))

    assert not any("other" in one for one in eraser.work_under_way())


class Rows:
    """Places that only the application reaches, with so many entries."""

    def __init__(self, left: int) -> None:
        self.left = left

    def count(self) -> int:
        return self.left

    def forget(self) -> int:
        left, self.left = self.left, 0
        return left


def test_rows_elsewhere_are_counted_as_those_of_stores(services: Services) -> None:
    eraser = Eraser(services, TenantSubject("b"), Rows(3))

    assert eraser.counts()[ELSEWHERE] == 3
    erasure = eraser.begin("ann", "x")
    told = list(eraser.run(erasure))
    eraser.finish(erasure, [])

    assert told.count((ELSEWHERE, 3)) == 2, "each pass tells what was removed by then"
    (record,) = ErasureRecords(services.objects).all()
    assert record.counts == {ELSEWHERE: 3}
    assert record.passes == 2
    assert eraser.counts()[ELSEWHERE] == 0


MISTYPED = ItemSubject(ItemKey("PERSON#b", "PERSON#none"))


@pytest.mark.parametrize("is_counted", [True, False])
def test_what_is_not_known_is_refused_though_its_tenant_has_exports(
    services: Services, *, is_counted: bool
) -> None:
    Planting(services, TENANT, MARKER).everywhere()
    Planting(services, "other", "other").files()

    def refuse(subject: Subject, rows: int = 0) -> None:
        eraser = Eraser(services, subject, Rows(rows))
        eraser.refuse_unknown(eraser.counts() if is_counted else None)

    with pytest.raises(NothingKnown, match=r"of item PERSON#b PERSON#none.*--anyway"):
        refuse(MISTYPED)
    with pytest.raises(NothingKnown, match="of tenant bb, so nothing is erased"):
        refuse(TenantSubject("bb"))
    refuse(MISTYPED, rows=1)
    refuse(TenantSubject("other"))
    refuse(ItemSubject(ItemKey("PERSON#b", f"PERSON#{MARKER}")))


def test_an_item_that_read_models_alone_show_is_known(services: Services) -> None:
    planted = Planting(services, TENANT, MARKER)
    planted.read_model()

    Eraser(services, ItemSubject(ItemKey(planted.pk, planted.sk))).refuse_unknown()


def test_an_erasure_that_was_not_finished_is_gone_on_with(services: Services) -> None:
    eraser = Eraser(services, MISTYPED)
    erasure = eraser.begin("ann", "x")

    eraser.refuse_unknown()
    eraser.finish(erasure, [])
    with pytest.raises(NothingKnown, match=f"It was erased at {erasure.finished_at}"):
        eraser.refuse_unknown()


def test_whoever_goes_on_writing_is_told(services: Services) -> None:
    class Writing(Rows):
        def forget(self) -> int:
            services.commands.publish_sync("PERSON#b", "PERSON#1", name="x", attributes={})
            return super().forget()

    eraser = Eraser(services, TenantSubject("b"), Writing(0))
    erasure = eraser.begin("ann", "x")

    with pytest.raises(StillWritten, match="Take the access away"):
        list(eraser.run(erasure))


@pytest.mark.parametrize(
    ("document", "owner"),
    [
        (
            '{"record": {"dynamodb": {"Keys": {"pk": {"S": "A#b"}, "sk": {"S": "x"}}}}}',
            ("A#b", "x"),
        ),
        ('{"pk": "A#b", "sk": "x", "content": {"pk": "A#other", "sk": "y"}}', ("A#b", "x")),
        ('{"tenant": "b", "attributes": {"tenant": "other"}}', ("#b", "")),
        ('{"requestPayload": {"detail": {"input": "{\\"tenant\\": \\"b\\"}"}}}', ("#b", "")),
        ('{"keys": {"pk": "A#b", "sk": "x"}, "bodyKey": "y"}', ("A#b", "x")),
        ('{"attributes": {"tenant": "b"}}', None),
        ("b", None),
        ("[1]", None),
        ('{"pk": "b"}', None),
    ],
)
def test_a_letter_is_its_keys_and_not_its_contents(document: str, owner: Any) -> None:
    assert owner_of(document) == owner


@pytest.fixture(autouse=True)
def _nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cqrs.core.backoff.CAP_SECONDS", 0.0)
