"""Imports as an operator makes and follows them: `cqrs import` against the deployed stack."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from rich.console import Console

from cli.uploads import upload
from cqrs.aws.map_runs import EXCEEDED_TOLERANCE
from cqrs.aws.object_store import PART_BYTES
from cqrs.aws.step_functions import execution_arn
from cqrs.core.clock import now_iso
from cqrs.imports.csv.reader import HEADER_BYTES
from cqrs.imports.execution_failures import ADVICE
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import ImportKey
from cqrs.imports.limits import DIRECT_BYTES
from cqrs.imports.models import ImportStatus, ProcessingMode, PublishMode
from cqrs.services import Services
from cqrs.states import ImportState
from tests.integration.command_line import CQRS, CommandLine, watching
from tests.integration.deployed import Deployed, wait_for
from tests.integration.importing.unseen import store_unseen

pytestmark = pytest.mark.verifiable

TARGET = "airports"
HEADER = "iata,name,city,state,country,latitude,longitude"
KIX = "KIX,Kansai,Osaka,NA,Japan,34.4347,135.244"
JFK = "JFK,Kennedy,New York,NY,USA,40.6398,-73.7789"
SPOILT = [
    'LAX,Los Angeles,"Los Angeles, CA",CA,USA,95.2,-118.4',
    "=1+1,Formula,Nowhere,NA,USA,1,2",
]
COUNTS = ("total", "succeeded", "skipped", "failed")
MODES = pytest.mark.parametrize("mode", list(ProcessingMode))


@pytest.fixture
def cqrs(deployed: Deployed) -> CommandLine:
    return CommandLine(deployed.endpoint)


@pytest.fixture
def good_file(tmp_path: Path) -> str:
    return csv_file(tmp_path, KIX, JFK)


@pytest.fixture
def spoilt_file(tmp_path: Path) -> str:
    return csv_file(tmp_path, KIX, SPOILT[0], JFK, SPOILT[1])


@pytest.fixture
def spoilt_import(cqrs: CommandLine, tenant: str, spoilt_file: str) -> Any:
    """An import of two good rows and two bad ones, at its end."""
    return run(cqrs, tenant, spoilt_file, "--mode", "DIRECT", "--watch", code=1)


@pytest.fixture
def endless(services: Services, tenant: str) -> ImportKey:
    """An import that nothing works off."""
    key = ImportKey.make(tenant, TARGET)
    item = {
        **key.to_mapping(),
        "bucket": services.settings.bucket,
        "key": "in.csv",
        "mode": ProcessingMode.DIRECT.value,
        "publishMode": PublishMode.SYNC.value,
        "status": ImportStatus.PROCESSING.value,
        "columns": HEADER.split(","),
        "createdAt": now_iso(),
    }
    store_unseen(services, item)
    return key


def csv_file(folder: Path, *rows: str, name: str = "airports.csv") -> str:
    file = folder / name
    file.write_text("\n".join([HEADER, *rows, ""]))
    return str(file)


def run(cqrs: CommandLine, tenant: str, file: str, *options: str, code: int = 0) -> Any:
    return cqrs.json("import", file, "--target", TARGET, "--tenant", tenant, *options, code=code)


def counts(job: Any) -> list[int]:
    return [job[name] for name in COUNTS]


def uploads(services: Services, tenant: str) -> list[str]:
    listed = services.clients.s3.list_objects_v2(
        Bucket=services.settings.bucket, Prefix=f"uploads/{tenant}/"
    )
    return [found["Key"] for found in listed.get("Contents", [])]


@MODES
def test_a_file_is_uploaded_imported_and_watched(
    cqrs: CommandLine, services: Services, tenant: str, good_file: str, mode: ProcessingMode
):
    ended = run(cqrs, tenant, good_file, "--mode", mode.value, "--watch")

    assert (ended["status"], ended["mode"], ended["publish_mode"]) == ("COMPLETED", mode, "SYNC")
    assert counts(ended) == [2, 2, 0, 0]
    assert ended["created_at"] <= ended["started_at"] <= ended["finished_at"]
    assert 0 < ended["seconds"] < 60
    assert (ended["error"], ended["rejected_rows"]) == (None, [])
    (key,) = uploads(services, tenant)
    assert key.endswith("-airports.csv")
    assert ended["file"] == f"s3://{services.settings.bucket}/{key}"
    kix = services.data.get(f"AIRPORT#{tenant}", "AIRPORT#KIX")
    assert kix is not None
    assert (kix.version, kix.name, kix.attributes["latitude"]) == (1, "Kansai", 34.4347)


@MODES
def test_rows_of_empty_cells_are_passed_over_in_either_mode(
    cqrs: CommandLine, deployed: Deployed, tenant: str, tmp_path: Path, mode: ProcessingMode
):
    blank = "," * HEADER.count(",")
    file = csv_file(tmp_path, KIX, blank, "", SPOILT[0], *[blank] * 5)

    ended = run(cqrs, tenant, file, "--mode", mode.value, "--watch", code=1)

    assert (ended["status"], counts(ended)) == ("COMPLETED_WITH_ERRORS", [2, 1, 0, 1])
    # Emulator difference: a map of LocalStack's counts an empty line as a row.
    counts_line = mode is ProcessingMode.STEP_FUNCTION and deployed.is_localstack
    assert [row["row"] for row in ended["rejected_rows"]] == [4 if counts_line else 3]


@pytest.mark.parametrize("encoding", ["cp932", "utf-16"])
def test_a_file_in_another_encoding_is_imported_and_its_errors_file_is_utf_8(
    cqrs: CommandLine, services: Services, tenant: str, tmp_path: Path, encoding: str
):
    file = tmp_path / "airports.csv"
    rows = [
        HEADER,
        "KIX,関西国際空港,大阪,NA,Japan,34.4,135.2",
        "ITM,伊丹,大阪,NA,Japan,134.8,34.8",
    ]
    file.write_text("\r\n".join(rows), encoding=encoding, newline="")
    options = ("--mode", "DIRECT", "--encoding", encoding, "--watch")

    ended = run(cqrs, tenant, str(file), *options, code=1)

    assert counts(ended) == [2, 1, 0, 1]
    kix = services.data.get(f"AIRPORT#{tenant}", "AIRPORT#KIX")
    assert kix is not None
    assert kix.name == "関西国際空港"
    errors = tmp_path / "errors.csv"
    cqrs.json("import", "errors", ended["id"], "-o", str(errors))
    assert "伊丹" in errors.read_text(encoding="utf-8-sig")
    errors.write_text(errors.read_text(encoding="utf-8").replace("134.8,34.8", "34.8,135.4"))
    assert counts(run(cqrs, tenant, str(errors), "--watch")) == [1, 1, 0, 0]


@MODES
def test_rejected_rows_are_told_and_downloaded(
    cqrs: CommandLine, tenant: str, spoilt_file: str, tmp_path: Path, mode: ProcessingMode
):
    ended = run(cqrs, tenant, spoilt_file, "--mode", mode.value, "--watch", code=1)

    assert (ended["status"], counts(ended)) == ("COMPLETED_WITH_ERRORS", [4, 2, 0, 2])
    first, second = ended["rejected_rows"]
    assert first == {
        "row": 2,
        "reason": "latitude is '95.2'; it must be a number between -90 and 90 degrees.",
    }
    assert (second["row"], second["reason"][:15]) == (4, "iata is '=1+1';")

    file = tmp_path / "errors.csv"
    saved = cqrs.json("import", "errors", ended["id"], "-o", str(file))

    assert saved == {"id": ended["id"], "rows": 2, "file": str(file)}
    with file.open(newline="", encoding="utf-8-sig") as lines:
        header, latitude, formula = csv.reader(lines)
    assert header == ["row", "reason", *HEADER.split(",")]
    assert latitude == ["2", first["reason"], *next(csv.reader(SPOILT[:1]))]
    assert formula == ["4", second["reason"], "'=1+1", *SPOILT[1].split(",")[1:]]


def test_rejected_rows_are_printed(cqrs: CommandLine, spoilt_import: Any, tmp_path: Path):
    file = tmp_path / "errors.csv"
    cqrs.run("import", "errors", spoilt_import["id"], "--to", str(file))

    printed = cqrs.run("import", "errors", spoilt_import["id"])

    assert (printed.returncode, printed.stderr) == (0, "")
    # Reading the output as text has turned its line ends into \n.
    assert printed.stdout == file.read_text()
    assert len(file.read_bytes().split(b"\r\n")) == 4
    rows = cqrs.json("import", "errors", spoilt_import["id"])["items"]
    assert [(row["row"], row["raw"]) for row in rows] == [(2, SPOILT[0]), (4, SPOILT[1])]


def test_rejected_rows_fail_whoever_watches_and_not_whoever_asks(
    cqrs: CommandLine, spoilt_import: Any
):
    status = ["import", "status", spoilt_import["id"]]

    assert cqrs.json(*status, code=0) == spoilt_import
    assert cqrs.json(*status, "--watch", code=1) == spoilt_import


def test_an_import_is_made_and_followed_later(cqrs: CommandLine, tenant: str, good_file: str):
    made = run(cqrs, tenant, good_file, "--mode", "DIRECT")
    assert made["id"] == f"{made['pk']}/{made['sk']}"

    ended = cqrs.json("import", "status", made["id"], "--watch")

    assert (ended["id"], ended["status"], ended["file"]) == (made["id"], "COMPLETED", made["file"])
    assert cqrs.json("import", "status", made["id"]) == ended


def test_a_file_of_the_bucket_is_imported_where_it_is(
    cqrs: CommandLine, services: Services, tenant: str
):
    key = f"elsewhere/{tenant}.csv"
    services.clients.s3.put_object(
        Bucket=services.settings.bucket, Key=key, Body=f"{HEADER}\n{KIX}\n"
    )
    uri = f"s3://{services.settings.bucket}/{key}"

    ended = run(cqrs, tenant, uri, "--mode", "DIRECT", "--watch")

    assert (ended["file"], counts(ended)) == (uri, [1, 1, 0, 0])
    assert uploads(services, tenant) == []


def test_rows_that_are_there_already_are_skipped(cqrs: CommandLine, tenant: str, good_file: str):
    run(cqrs, tenant, good_file, "--mode", "DIRECT", "--watch")

    again = run(cqrs, tenant, good_file, "--mode", "DIRECT", "--watch")

    assert (again["status"], counts(again)) == ("COMPLETED", [2, 0, 2, 0])


def test_rows_may_go_through_the_command_workflow(
    cqrs: CommandLine, services: Services, tenant: str, good_file: str
):
    ended = run(cqrs, tenant, good_file, "--mode", "DIRECT", "--publish-mode", "ASYNC", "--watch")

    assert (ended["publish_mode"], counts(ended)) == ("ASYNC", [2, 2, 0, 0])
    wait_for(lambda: services.data.get(f"AIRPORT#{tenant}", "AIRPORT#JFK"), "JFK to be applied")


def test_a_file_that_cannot_be_imported_fails_its_job(
    cqrs: CommandLine, tenant: str, tmp_path: Path
):
    file = tmp_path / "empty.csv"
    file.touch()

    failed = run(cqrs, tenant, str(file), "--watch", code=1)

    assert (failed["status"], counts(failed)) == ("FAILED", [0, 0, 0, 0])
    assert "is empty" in failed["cause"]
    assert cqrs.json("import", "status", failed["id"], code=0) == failed
    assert cqrs.json("import", "status", failed["id"], "--watch", code=1) == failed
    nothing = cqrs.json("import", "errors", failed["id"], code=1)
    assert nothing["error"] == "NoErrorsFile"
    assert "is empty" in nothing["message"]


def test_an_import_says_what_its_execution_failed_with(
    cqrs: CommandLine, deployed: Deployed, tenant: str, tmp_path: Path
):
    file = tmp_path / "latin.csv"
    good = f"{HEADER}\n" + f"{KIX}\n" * (HEADER_BYTES // len(KIX))
    # Behind what is looked at before the execution.
    file.write_bytes(good.encode() + b"ORY,Orly,Cr\xe9teil,NA,France,48,2\n")

    failed = run(cqrs, tenant, str(file), "--watch", code=1)

    assert (failed["status"], counts(failed)) == ("FAILED", [0, 0, 0, 0])
    assert failed["cause"].endswith(ADVICE)
    if deployed.is_ministack:
        assert "codec can't decode byte 0xe9" in failed["cause"]


@pytest.mark.emulator_only("leaves a file of no tenant")
def test_an_import_says_what_its_batch_failed_with(
    cqrs: CommandLine, deployed: Deployed, services: Services, endless: ImportKey
):
    services.clients.s3.put_object(
        Bucket=services.settings.bucket, Key=f"{endless.ulid}.csv", Body=f"{HEADER}\n{KIX}\n"
    )
    no_mode = {
        **endless.to_mapping(),
        "bucket": services.settings.bucket,
        "key": f"{endless.ulid}.csv",
        "publishMode": "NO SUCH MODE",
    }
    machine = services.settings.import_csv_state_machine_arn
    assert services.step_functions.start(machine, endless.ulid, no_mode)

    failed = cqrs.json("import", "status", str(endless), "--watch", code=1)

    assert failed["status"] == "FAILED"
    if not deployed.is_localstack:
        # Emulator difference: LocalStack fails such a map with States.Runtime.
        assert failed["error"] == EXCEEDED_TOLERANCE
        assert failed["cause"].startswith("The batch of rows 1 to 1 failed with ")
        assert "'NO SUCH MODE' is not a valid PublishMode" in failed["cause"]


@pytest.fixture
def two_at_a_time(services: Services) -> Iterator[None]:
    """Batches of new imports run two at a time, which leaves room for who ends one.

    Emulator difference: MiniStack runs what is left of a map whose execution was stopped.
    """
    client = services.clients.step_functions
    machine = services.settings.import_csv_state_machine_arn
    original = client.describe_state_machine(stateMachineArn=machine)["definition"]
    definition = json.loads(original)
    definition["States"][ImportState.IMPORT_CSV]["MaxConcurrency"] = 2
    client.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
    yield
    client.update_state_machine(stateMachineArn=machine, definition=original)


@pytest.mark.emulator_only("changes a state machine")
@MODES
@pytest.mark.usefixtures("two_at_a_time")
def test_an_import_is_cancelled_while_it_runs(
    cqrs: CommandLine, services: Services, tenant: str, tmp_path: Path, mode: ProcessingMode
):
    # The function alone is done with as many rows before anybody could cancel them.
    count = 5000 if mode is ProcessingMode.DIRECT else 200
    codes = ["".join(letters) for letters in islice(product(ascii_uppercase, repeat=3), count)]
    rows = [f"{code},Name,City,NA,Japan,34.4,135.2" for code in codes]
    made = run(cqrs, tenant, csv_file(tmp_path, *rows), "--mode", mode.value)
    key = ImportKey.parse(made["id"])
    wait_for(lambda: services.import_records.progress(key).counts.total, "the first rows")

    ended = cqrs.json("import", "cancel", made["id"], "--by", "Ann", "--reason", "wrong file")

    assert (ended["status"], ended["error"]) == ("CANCELLED", "Cancelled")
    assert ended["cause"] == "Ann cancelled it: wrong file"
    assert 0 < ended["total"] < len(rows)
    again = cqrs.json("import", "cancel", made["id"], "--by", "Bob")
    assert again == cqrs.json("import", "status", made["id"], "--watch", code=1) == ended
    if mode is ProcessingMode.STEP_FUNCTION:
        machine = services.settings.import_csv_state_machine_arn
        execution = execution_arn(machine, import_execution_name(key))
        wait_for(lambda: services.step_functions.status(execution) == "ABORTED", "its stop")
    assert len(list(services.data.list_all(f"AIRPORT#{tenant}"))) == ended["succeeded"]


def test_imports_are_listed(cqrs: CommandLine, tenant: str, spoilt_import: Any, good_file: str):
    good = run(cqrs, tenant, good_file, "--mode", "DIRECT", "--watch")
    listing = ["import", "list", "--tenant", tenant]

    newest = cqrs.json(*listing, "--limit", "1")
    rest = cqrs.json(*listing, "--cursor", newest["cursor"])
    shown = cqrs.run(*listing)

    assert [job["id"] for job in newest["items"] + rest["items"]] == [
        good["id"],
        spoilt_import["id"],
    ]
    assert rest["cursor"] is None
    (spoilt,) = cqrs.json(*listing, "--status", "COMPLETED_WITH_ERRORS")["items"]
    assert (spoilt["target"], counts(spoilt)) == (TARGET, counts(spoilt_import))
    assert good["id"] in shown.stdout


def test_people_see_progress_on_stderr_and_the_result_on_stdout(
    cqrs: CommandLine, tenant: str, spoilt_file: str
):
    ended = cqrs.run_before_a_person(
        "import", "--target", TARGET, "--mode", "DIRECT", spoilt_file, "--tenant", tenant, "--watch"
    )

    assert ended.returncode == 1
    assert "uploaded" in ended.stderr
    assert "To watch it again: cqrs import status --watch 'CSV_IMPORT#" in ended.stderr
    assert "4 rows: 2 succeeded, 0 skipped, 2 failed" in ended.stderr
    assert "uploaded" not in ended.stdout
    assert "latitude is '95.2'" in ended.stdout
    assert "cqrs import errors -o errors.csv 'CSV_IMPORT#" in ended.stdout


@pytest.mark.parametrize("name", ["status", "errors", "list", "run", "-airports.csv", "a b,ü;.csv"])
def test_a_file_may_have_any_name(deployed: Deployed, tenant: str, tmp_path: Path, name: str):
    csv_file(tmp_path, KIX, name=name)
    options = ("--target", TARGET, "--tenant", tenant, "--mode", "DIRECT", "--watch", "--json")

    ended = subprocess.run(
        [CQRS, "import", "run", *options, "--", name],
        env={**os.environ, "AWS_ENDPOINT_URL": deployed.endpoint},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["file"].endswith(f"-{name}")


@pytest.mark.emulator_only("uploads 16 MB")
def test_a_large_file_is_uploaded_in_parts(services: Services, tenant: str, tmp_path: Path):
    file = tmp_path / "large.csv"
    content = os.urandom(2 * PART_BYTES + 1)
    file.write_bytes(content)

    stored = upload(services, file, tenant, Console(quiet=True))

    head = services.clients.s3.head_object(Bucket=stored.bucket, Key=stored.key)
    assert head["ContentLength"] == len(content)
    assert head["ETag"].strip('"').endswith("-3")
    assert b"".join(services.objects.stream(stored.key, 0, PART_BYTES)) == content


def test_an_upload_that_no_import_takes_is_removed(
    cqrs: CommandLine, services: Services, tenant: str, good_file: str
):
    refused = cqrs.json("import", good_file, "--target", "ports", "--tenant", tenant, code=1)

    assert "No import strategy is registered for target 'ports'" in refused["message"]
    assert uploads(services, tenant) == []


def test_errors_of_an_import_under_way_are_not_there_yet(
    cqrs: CommandLine, endless: ImportKey, tmp_path: Path
):
    file = tmp_path / "errors.csv"

    refused = cqrs.json("import", "errors", str(endless), "-o", str(file), code=1)

    assert "is PROCESSING, and its errors file is written at its end" in refused["message"]
    assert not file.exists()


def test_errors_of_an_import_without_any_are_not_there(
    cqrs: CommandLine, tenant: str, good_file: str
):
    made = run(cqrs, tenant, good_file, "--mode", "DIRECT", "--watch")

    assert "rejected no row" in cqrs.json("import", "errors", made["id"], code=1)["message"]


def test_an_errors_file_that_is_gone_empties_none(
    cqrs: CommandLine, services: Services, spoilt_import: Any, tmp_path: Path
):
    job = services.imports.get(ImportKey.parse(spoilt_import["id"]))
    assert job is not None
    services.clients.s3.delete_object(Bucket=services.settings.bucket, Key=job.errors_key)
    file = tmp_path / "errors.csv"
    file.write_text("kept")

    refused = cqrs.json("import", "errors", spoilt_import["id"], "-o", str(file), code=1)

    assert "does not exist" in refused["message"]
    assert file.read_text() == "kept"


def test_errors_are_not_written_where_that_cannot_be(
    cqrs: CommandLine, spoilt_import: Any, tmp_path: Path
):
    no_folder = str(tmp_path / "none" / "errors.csv")

    refused = cqrs.json("import", "errors", spoilt_import["id"], "-o", no_folder, code=2)

    assert "cannot be written: No such file or directory" in refused["message"]
    full = cqrs.run("import", "errors", spoilt_import["id"], "-o", "/dev/full")
    assert (full.returncode, "/dev/full cannot be used: No space left" in full.stderr) == (1, True)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_watching_ends_with_ctrl_c(deployed: Deployed, endless: ImportKey, options: list[str]):
    command = ("import", "status", str(endless), "--watch", *options)
    with watching(deployed.endpoint, *command) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(5)
        process.send_signal(signal.SIGINT)
        printed, shown = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "Traceback" not in printed + shown
    if options:
        assert (json.loads(printed)["error"], shown) == ("Interrupted", "")
    else:
        assert "Interrupted" in shown


NO_IMPORT = "CSV_IMPORT#nobody/airports#01ARZ3NDEKTSV4RRFFQ69G5FAV"
ASKED = ["--target", TARGET, "--tenant", "acme"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["import"], 2, "Missing command"),
        (["import", *ASKED], 2, "Missing argument 'FILE'"),
        (["import", "a.csv", "--tenant", "acme"], 2, "--target"),
        (["import", "a.csv", "--target", TARGET], 2, "--tenant"),
        (["import", "no-such.csv", *ASKED], 2, "no-such.csv cannot be read"),
        (["import", "/", *ASKED], 2, "not a regular file"),
        (["import", "s3://bucket", *ASKED], 2, "write it as s3://bucket/key"),
        (["import", "s3:///key", *ASKED], 2, "write it as s3://bucket/key"),
        (["import", "a.csv", *ASKED, "--mode", "FAST"], 2, "FAST"),
        (["import", "a.csv", *ASKED, "--publish-mode", "LATER"], 2, "LATER"),
        (["import", "a.csv", "--target", "a#b", "--tenant", "acme"], 2, "import target 'a#b'"),
        (["import", "a.csv", "--target", TARGET, "--tenant", "a#b"], 2, "must have no #"),
        (["import", "status"], 2, "Missing argument 'ID'"),
        (["import", "status", "JFK"], 2, "is not the id of an import"),
        (["import", "status", NO_IMPORT], 1, "There is no import"),
        (["import", "status", NO_IMPORT, "--watch"], 1, "There is no import"),
        (["import", "errors", NO_IMPORT], 1, "There is no import"),
    ],
)
def test_refusals_say_why_in_one_line(cqrs: CommandLine, arguments, code, says):
    ended = cqrs.run(*arguments)

    assert ended.returncode == code
    assert ended.stdout == ""
    assert says in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert says in json.dumps(cqrs.json(*arguments, code=code))


def test_a_file_that_is_too_large_for_direct_is_not_uploaded(
    cqrs: CommandLine, services: Services, tenant: str, tmp_path: Path
):
    file = tmp_path / "large.csv"
    with file.open("wb") as sparse:
        sparse.truncate(DIRECT_BYTES + 1)

    refused = run(cqrs, tenant, str(file), "--mode", "DIRECT", code=2)

    assert "mode DIRECT takes 16,777,216 at most" in refused["message"]
    assert uploads(services, tenant) == []
