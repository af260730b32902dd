"""Read models over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs import Application, Entry
from cqrs.read_models.segment_work import SETTLE_SECONDS
from cqrs.testing import MemoryEnvironment

MODELS = "/v1/environment/read-models"
PK = "BOOK#acme"


@pytest.fixture
def environment():
    application = Application()
    application.read_model("shelf", item_types=["BOOK"])(
        lambda item: Entry(f"shelf#{item.tenant}", item.sk, {}, item.name)
    )
    application.sync_handler("audit", item_type="BOOK")(lambda _: None)
    with MemoryEnvironment(application) as opened:
        for number in range(3):
            opened.commands.publish(PK, f"BOOK#{number}", name=f"Book {number}", attributes={})
        opened.settle()
        yield opened


@pytest.fixture
def administrator(environment):
    return environment.api("administrator", tenants=["*"])


def ended(environment: MemoryEnvironment) -> None:
    environment.advance(seconds=SETTLE_SECONDS + 5)
    environment.settle()


def test_a_model_is_rebuilt_compared_and_read_at_a_word(environment, administrator):
    begun = administrator.post(f"{MODELS}/shelf/rebuild", {"hold": True, "segments": 2})
    assert (begun.status, begun.json()["phase"], begun.json()["segments"]) == (202, "fill", 2)
    ended(environment)

    run = administrator.get(f"{MODELS}/shelf/run").json()
    assert (run["phase"], run["counts"]["fill"]["written"]) == ("ready", 3)
    assert run["counts"]["verify"] == {"scanned": 3, "read": 3, "shown": 3, "equal": 3}
    assert administrator.post(f"{MODELS}/shelf/cut-over").json() == {"living": 2, "previous": 1}
    model = administrator.get(f"{MODELS}/shelf").json()
    assert model["living"] == {"generation": 2, "version": 1}
    assert administrator.get(MODELS).json() == {"read_models": [model]}
    assert administrator.post(f"{MODELS}/shelf/roll-back").json() == {"living": 1, "previous": 2}
    assert administrator.post(f"{MODELS}/shelf/drop").json()["kind"] == "drop"


def test_a_request_names_the_generation_that_it_is_about(environment, administrator):
    def post(action: str, generation: int) -> tuple[int, Any]:
        answer = administrator.post(f"{MODELS}/shelf/{action}", {"generation": generation})
        return answer.status, answer.json().get("detail", answer.json())

    administrator.post(f"{MODELS}/shelf/rebuild", {"hold": True})
    ended(environment)
    assert post("cut-over", 3)[0] == 409
    assert post("cancel", 3) == (
        409,
        "Generation 3 of shelf is not being filled. Now generation 1 is read, 2 is filled.",
    )
    assert post("cut-over", 2) == (200, {"living": 2, "previous": 1})
    assert post("roll-back", 1) == (200, {"living": 1, "previous": 2})
    behind = (
        409,
        "Generation 1 of shelf is not the one that was read before. "
        "Now generation 1 is read, 2 was read before.",
    )
    assert post("roll-back", 1) == behind
    assert post("drop", 1) == behind
    assert post("drop", 2)[0] == 202


def test_a_handler_gets_items_again(environment, administrator):
    begun = administrator.post(f"{MODELS}/audit/replay", {"types": ["BOOK"]})
    environment.settle()

    assert (begun.status, begun.json()["kind"]) == (202, "replay")
    run = administrator.get(f"{MODELS}/audit/run").json()
    assert (run["phase"], run["counts"]["fill"]["written"]) == ("done", 3)


def test_an_estimate_writes_nothing(administrator):
    told = administrator.get(f"{MODELS}/shelf/estimate").json()

    assert (told["items"], told["exact"]) == (3, True)
    assert administrator.get(f"{MODELS}/shelf/run").status == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("self/rebuild", {}, 404, "No read model is called 'self'"),
        ("self/replay", {}, 404, "No read model is called 'self'"),
        ("self/cut-over", None, 404, "No read model is called 'self'"),
        ("shelf/rebuild", {"segments": 65}, 400, "segments"),
        ("shelf/replay", {"types": ["CAR"]}, 400, "shows no CAR; it shows BOOK"),
        ("shelf/cut-over", None, 409, "No rebuild of shelf waits to be read"),
        ("shelf/roll-back", None, 409, "no generation to go back to"),
        ("shelf/cancel", None, 409, "No rebuild of shelf is under way"),
        ("shelf/drop", None, 409, "no generation beside the one that is read"),
        ("shelf/drop", {"generation": 1}, 409, "Now generation 1 is read."),
        ("shelf/rebuild", {"generation": 2}, 409, "Generation 2 of shelf is not being filled."),
        ("shelf/drop", {"generation": 0}, 400, "generation"),
        ("shelf/drop", {"generation": True}, 400, "generation"),
        ("shelf/replay", {"tenant": "*"}, 400, "* stands for every tenant in a token"),
        ("shelf/replay", {"tenant": "a#b"}, 400, "The tenant 'a#b' must have no #"),
        ("audit/replay", {"tenant": " "}, 400, "it must be text, as in 'acme'"),
    ],
)
def test_what_cannot_be_is_refused(
    administrator, path: str, body: dict[str, Any] | None, status: int, told: str
):
    answer = administrator.post(f"{MODELS}/{path}", body)

    assert answer.status == status
    assert told in answer.json()["detail"]


def test_an_operator_sees_and_does_not_rebuild(environment):
    operator = environment.api("operator", tenants=["*"])

    assert operator.get(f"{MODELS}/shelf").status == 200
    assert operator.post(f"{MODELS}/shelf/rebuild", {}).status == 403
