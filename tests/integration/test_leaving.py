"""Data that leaves the deployed stack, is forgotten, and comes back, by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.airports_by_country import READ_MODEL, partition_of
from cqrs.errors import ValidationError
from cqrs.exports.request_ids import exported
from cqrs.resources import DEAD_LETTERS_PREFIX, Table
from cqrs.services import Services
from stacks.environment.file import load
from stacks.identities.policies import policies
from tests.integration.command_line import CommandLine
from tests.integration.conftest import ENVIRONMENT, REGION
from tests.integration.deployed import Deployed
from tests.integration.identities import root, user
from tests.unit.erasing.stores import holding, stored

HEADER = "iata,name,city,state,country,latitude,longitude"


@pytest.fixture(scope="module")
def holders(deployed: Deployed) -> dict[str, CommandLine]:
    """The command line of users who hold what an identity does, and nothing else."""
    if not deployed.is_ministack:
        pytest.skip("Only MiniStack enforces permissions.")
    owner, environment = root(deployed.endpoint, REGION), load(ENVIRONMENT)
    return {
        name: CommandLine(
            deployed.endpoint,
            user(owner, f"leaving-{name}", policies(environment, name)).variables,
        )
        for name in ("eraser", "exporter", "loader", "operator")
    }


@pytest.fixture
def work_of(deployed: Deployed, holders: dict[str, CommandLine], tmp_path: Path) -> Any:
    """Let a tenant work with everything, and leave its marker everywhere."""

    def work(tenant: str, marker: str) -> None:
        cqrs, pk, sk = holders["operator"], f"AIRPORT#{tenant}", f"AIRPORT#{marker}"
        large = {"country": marker, "text": marker * 3000}
        for attributes in ({"country": marker}, large, {"country": "Japan", "note": marker}):
            made = deployed.services.commands.publish(pk, sk, name=marker, attributes=attributes)
            deployed.end_of(made.key)
        cqrs.json("task", "create", "route_distances", "--tenant", tenant,
                  "--input", json.dumps({"origin": marker}), "--watch", code=None)  # fmt: skip
        file = tmp_path / f"{marker}.csv"
        file.write_text(f"{HEADER}\nKIX,{marker},Osaka,NA,Japan,34,135\nX,{marker},a,b,c,1,2\n")
        for mode in ("DIRECT", "STEP_FUNCTION"):
            cqrs.json("import", str(file), "--target", "airports", "--tenant", tenant,
                      "--mode", mode, "--watch", code=None)  # fmt: skip
        image = {"pk": {"S": pk}, "sk": {"S": f"{sk}@3"}, "name": {"S": marker}}
        for text in ("", marker * 30_000):
            record = {
                "eventSourceARN": f"arn:aws:dynamodb:r:1:table/x-{Table.COMMANDS}",
                "dynamodb": {"Keys": image, "NewImage": {**image, "text": {"S": text}},
                             "SequenceNumber": "1"},
            }  # fmt: skip
            deployed.services.dead_letters.set_aside_record(
                Table.COMMANDS, record, ValidationError(marker)
            )

    return work


@pytest.fixture
def tenants(tenant: str, deployed: Deployed) -> Iterator[tuple[str, str]]:
    """A tenant, and one whose code begins as its does; letters of theirs are taken away."""
    yield tenant, f"{tenant}b"
    url = deployed.outputs["dead_letter_queue_urls"][Table.COMMANDS]
    deployed.services.clients.sqs.purge_queue(QueueUrl=url)
    s3, bucket = deployed.services.clients.s3, deployed.services.settings.bucket
    bodies = s3.list_objects_v2(Bucket=bucket, Prefix=f"{DEAD_LETTERS_PREFIX}/")
    for body in bodies.get("Contents", ()):
        s3.delete_object(Bucket=bucket, Key=body["Key"])


def test_an_erased_tenant_is_found_nowhere_and_its_neighbour_is_untouched(
    deployed: Deployed, holders: dict[str, CommandLine], work_of: Any, tenants: tuple[str, str]
) -> None:
    (erased, neighbour), buckets = tenants, (deployed.services.settings.bucket,)
    of = {erased: f"jane-{erased}-roe", neighbour: f"john-{neighbour}-doe"}
    for tenant, marker in of.items():
        work_of(tenant, marker)
    before = stored(deployed.services, buckets)

    reason = ("--reason", "contract ended", "--yes")
    record = holders["eraser"].json("erase", "tenant", erased, *reason, "--wait", "60")

    after = stored(deployed.services, buckets)
    assert len(holding(before, of[erased])) > 20
    assert holding(after, of[erased]) == []
    assert _of(after, of[neighbour]) == _of(before, of[neighbour])
    assert record["status"] == "DONE"
    assert {"streams of tables", "histories of executions"} <= {
        one["store"] for one in record["expires"]
    }
    listed = holders["eraser"].json("erasures")["items"]
    assert [one["reason"] for one in listed if one["tenant"] == erased] == ["contract ended"]
    again = holders["eraser"].json("erase", "tenant", erased, "--dry-run")["items"]
    assert sum(one["entries"] for one in again) == 0


def test_who_may_not_erase_is_refused_before_anything_is_gone(
    deployed: Deployed, holders: dict[str, CommandLine], pk: str, tenant: str
) -> None:
    deployed.services.commands.publish_sync(pk, "AIRPORT#1", attributes={"country": "Japan"})

    refused = holders["operator"].run("erase", "tenant", tenant, "--reason", "x", "--yes")

    assert refused.returncode == 1
    assert "not authorized" in refused.stdout + refused.stderr
    assert deployed.services.data.get(pk, "AIRPORT#1") is not None


def test_an_export_is_loaded_with_its_versions_and_shown_by_the_read_models(
    deployed: Deployed,
    holders: dict[str, CommandLine],
    tenants: tuple[str, str],
    tmp_path: Path,
) -> None:
    (tenant, other), services = tenants, deployed.services
    large = {"country": "Japan", "text": "x" * 20_000}
    for number, states in enumerate(([{"country": "Chad"}, large], [{"country": "Japan"}])):
        for attributes in states:
            key = services.commands.publish(
                f"AIRPORT#{tenant}", f"AIRPORT#{number}", attributes=attributes
            ).key
        deployed.end_of(key)

    made = holders["exporter"].json("export", "run", tenant)
    to = ("--to", str(tmp_path / "files"))
    holders["exporter"].json("export", "download", tenant, made["id"], *to)
    load = ("export", "load", str(tmp_path / "files"), "--tenant", other, "--yes")
    first = holders["loader"].json(*load)
    # Executions of a name that was used are not started a second time.
    reason = ("--reason", "loaded by mistake", "--yes")
    holders["eraser"].json("erase", "tenant", other, *reason, "--wait", "60")
    loaded = holders["loader"].json(*load)

    assert first == loaded
    assert (made["data"], made["history"], made["commands"]) == (2, 1, 3)
    assert (loaded["published"], loaded["being_applied"]) == (2, 0)
    for number in range(2):
        item = (f"AIRPORT#{tenant}", f"AIRPORT#{number}")
        copy = (f"AIRPORT#{other}", f"AIRPORT#{number}")
        assert _states(services, *copy) == _states(services, *item)
    assert _shown_in_japan(services, other) == ["AIRPORT#0", "AIRPORT#1"]
    assert holders["loader"].json(*load)["published"] == 2
    assert _states(services, f"AIRPORT#{other}", "AIRPORT#0")[0][0] == 2
    listed = holders["exporter"].json("export", "list", tenant)["items"]
    assert [one["id"] for one in listed] == [made["id"]]


def _states(services: Services, pk: str, sk: str) -> list[tuple[Any, ...]]:
    """All states of an item, the latest first."""
    latest = services.data.get(pk, sk)
    assert latest is not None
    return [
        (
            one.version,
            one.name,
            one.attributes,
            exported(one.request_id),
            one.created_at,
            one.updated_at,
        )
        for one in (latest, *services.history.list(pk, sk).items)
    ]


def _of(everything: dict[tuple[str, ...], str], marker: str) -> dict[tuple[str, ...], str]:
    return {at: everything[at] for at in holding(everything, marker)}


def _shown_in_japan(services: Services, tenant: str) -> list[str]:
    """Airports as the sample's read model shows them."""
    shown = services.read_models.list_all(READ_MODEL, partition_of("Japan", tenant))
    return sorted(entry.sk for entry in shown)
