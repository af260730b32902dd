"""Which tenant codes are taken, and which are only read."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalStatus, WaitingState
from cqrs.aws.item_store import Update
from cqrs.core.tenants import TENANT_BYTES, checked_new_tenant, checked_tenant
from cqrs.errors import ValidationError
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode, PublishMode
from cqrs.imports.records import NewJob
from cqrs.tasks.keys import SINGLE, TaskKey
from cqrs.tasks.models import TaskKind
from tests.unit.importing import Imports
from tests.unit.operating import Operator
from tests.unit.test_doctor import LONG_AGO


@pytest.mark.parametrize(
    "tenant",
    [
        "acme",
        "Acme & Sons, Ltd. (North)",
        "株式会社\u3000東京",
        "cafe\u0301",
        "\U0001f680",
        "...",
        ".hidden",
        "\ufffd",
        "a" * TENANT_BYTES,
    ],
)
def test_any_visible_text_is_a_tenant(tenant):
    assert checked_new_tenant(tenant) == checked_tenant(tenant) == tenant


UNSAFE = {
    "a/b": "must have no /",
    "/": "must have no /",
    "a\\b": r"must have no / and no \\,",
    ".": "not be . or ..",
    "..": "not be . or ..",
    " lead": "begins or ends with white space.* looks like 'lead'",
    "trail ": "begins or ends with white space",
    "trail\u3000": "begins or ends with white space",
    "\u00a0lead": "begins or ends with white space",
    "ac\u202eme": r"U\+202E, which nobody sees",
    "acme\u2066": r"U\+2066, which nobody sees",
    "acme\u200b": r"U\+200B, which nobody sees",
    "\ufeffacme": r"U\+FEFF, which nobody sees",
    "ac\u00adme": r"U\+00AD, which nobody sees",
    "acme\u3164": r"U\+3164, which nobody sees",
    "acme\ufe0f": r"U\+FE0F, which nobody sees",
    "acme\U000e0061": r"U\+E0061, which nobody sees",
}


@pytest.mark.parametrize(("tenant", "reason"), UNSAFE.items())
def test_what_lies_elsewhere_or_looks_like_another_is_not_taken_anew(tenant, reason):
    with pytest.raises(ValidationError, match=reason):
        checked_new_tenant(tenant)

    assert checked_tenant(tenant) == tenant


@pytest.mark.parametrize("tenant", ["a/b", "trail ", "ac\u202eme"])
class TestEverywhere:
    @pytest.fixture
    def imports(self, settings, clients) -> Imports:
        imports = Imports(settings, clients)
        imports.application.task("square")(lambda task: task.input)
        return imports

    @pytest.fixture
    def cqrs(self, imports, monkeypatch, capsys) -> Operator:
        return Operator(imports.services, monkeypatch, capsys)

    def test_nothing_is_made_of_it(self, imports, tenant):
        application, settings = imports.application, imports.settings
        arn = "arn:aws:states:ap-northeast-1:123456789012:execution:test-cqrs-closure:run"
        waiting = WaitingState("token", arn, "000000#2026-01-01T00:00:00Z#000000", 3600)
        asked = ApprovalKey.make(tenant, "close-JFK")

        for refused in (
            lambda: application.tasks.create_task("square", 1, tenant),
            lambda: application.tasks.create_step_function_task("square", [1], tenant),
            lambda: application.imports.create_csv_import("files", "k.csv", "places", tenant),
            lambda: application.approvals.create_approval_request(asked, "Close", {}, waiting),
        ):
            with pytest.raises(ValidationError, match=r"^The tenant "):
                refused()

        for table in (settings.tasks_table, settings.import_tmp_table, settings.approvals_table):
            assert imports.clients.dynamodb.scan(TableName=table)["Count"] == 0

    def test_no_file_is_uploaded_for_it(self, imports, cqrs, tmp_path, tenant):
        (tmp_path / "in.csv").write_text("code,city\n")

        ended = cqrs.run(
            "import", str(tmp_path / "in.csv"), "--target", "places", "--tenant", tenant
        )

        assert ended.code == 2
        assert "The tenant " in ended.err
        listed = imports.clients.s3.list_objects_v2(Bucket=imports.settings.bucket)
        assert listed["KeyCount"] == 0

    def test_a_task_of_it_is_listed_and_cancelled(self, imports, cqrs, tenant):
        key = TaskKey.make(SINGLE, tenant, "square")
        imports.services.task_records.create(key, TaskKind.SINGLE, 1)

        (listed,) = cqrs.items("task", "list", "--tenant", tenant)
        answer = ask(imports, "cancel_task", id=str(key), by="ann", reason="")

        assert listed["id"] == str(key)
        assert answer["status"] == "CANCELLED"

    def test_an_import_of_it_is_listed_found_stuck_and_cancelled(self, imports, cqrs, tenant):
        key = ImportKey.make(tenant, "places")
        job = NewJob("files", "k.csv", ProcessingMode.DIRECT, PublishMode.SYNC, "utf-8")
        imports.services.import_records.create(key, job)
        old = Update(imports.settings.import_tmp_table, key.pk, key.sk, {"createdAt": LONG_AGO})
        imports.services.store.update(old)

        (listed,) = cqrs.items("import", "list", "--tenant", tenant)
        (stuck,) = cqrs.items("doctor", code=1)
        answer = ask(imports, "cancel_csv_import", id=str(key), by="ann", reason="")

        assert listed["id"] == stuck["subject"] == str(key)
        assert answer["status"] == ImportStatus.CANCELLED

    def test_a_request_of_it_is_listed_and_closed(self, imports, cqrs, tenant):
        arn = "arn:aws:states:ap-northeast-1:123456789012:execution:test-cqrs-closure:run"
        waiting = WaitingState("token", arn, "000000#2026-01-01T00:00:00Z#000000", 3600)
        key, approvals = ApprovalKey.make(tenant, "close-JFK"), imports.application.approvals
        approvals._records.create(key, "Close", {}, waiting)

        (listed,) = cqrs.items("approvals", "list", "--tenant", tenant)
        closed = approvals.close(ApprovalKey.parse(listed["id"]), "nobody needs it")

        assert listed["id"] == str(key)
        assert closed.status is ApprovalStatus.EXPIRED


def ask(imports: Imports, action: str, **payload: Any) -> Any:
    answer = imports.application.handle({"source": "direct", "action": action, "payload": payload})
    assert answer["status"] == "ok", answer
    return answer["result"]


@pytest.mark.parametrize("tenant", [None, 5, b"acme", "", " ", "\u3000", "\u200b", "\ufeff\u2060 "])
def test_what_nobody_can_see_is_none(tenant):
    with pytest.raises(ValidationError, match="it must be text, as in 'acme'"):
        checked_tenant(tenant)


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\x00", "U+0000"),
        ("\n", "U+000A"),
        ("\t", "U+0009"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\u2028", "U+2028"),
        ("\u2029", "U+2029"),
        ("\ufdd0", "U+FDD0"),
        ("\ufffe", "U+FFFE"),
        ("\uffff", "U+FFFF"),
        ("\U0010ffff", "U+10FFFF"),
    ],
)
def test_a_character_that_breaks_a_line_or_is_none_is_refused(character, named):
    with pytest.raises(ValidationError) as refused:
        checked_tenant(f"ac{character}me")

    assert f"has the character {named}." in str(refused.value)


def test_half_of_a_surrogate_pair_is_refused():
    with pytest.raises(ValidationError, match="The tenant is not Unicode text"):
        checked_tenant("ac\ud800me")


@pytest.mark.parametrize("tenant", ["a#b", "a" * (TENANT_BYTES + 1), "東" * TENANT_BYTES])
def test_what_keys_do_not_take_is_refused(tenant):
    with pytest.raises(ValidationError, match="must have no # and at most 256 bytes"):
        checked_tenant(tenant)
