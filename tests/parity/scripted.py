"""A function whose answers are written beforehand, in the place of the product's own.

It is deployed by itself, with ``script.json`` beside it: what it does in each state of each
execution, try by try. A state that no script names answers with its own name. So this module
imports nothing of the project.

An action is one of

- ``{"answer": value}``: return it, as the product's function does, and hold the task token;
- ``{"raise": name}``: raise an exception of that class;
- ``{"exit": status}``: end the process;
- ``{"sleep": seconds}``: take longer than somebody's timeout, and answer then.
"""

from __future__ import annotations

import json
import os
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("script.json")

BUCKET = "parity"

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/ap-northeast-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=none"
)
"""Tells an emulator which service is meant; none looks at the signature."""

MUTANT = "-mutant-"
"""Stands before the number in the name of an execution of a mistaken definition."""


def handler(event: dict[str, Any], _context: Any) -> Any:
    """Do what the script says."""
    state, given = event["context"]["State"], event["input"]
    place = place_of(state["Name"], given)
    if "taskToken" in event:
        execution = event["context"]["Execution"]["Name"]
        _put(f"tokens/{execution}/{place}/{state['RetryCount']}", event["taskToken"])
    if isinstance(given, dict) and "Items" in given:
        return [[_import_batch(given)]]
    script = json.loads(SCRIPT.read_text(encoding="utf-8"))
    name = event["context"]["Execution"]["Name"].split(MUTANT)[0]
    actions = script[name].get(place)
    if actions is None:
        return [[{"did": place}]]
    return [[_act(actions[min(state["RetryCount"], len(actions) - 1)], place)]]


def place_of(state: str, given: Any) -> str:
    """Name a state, with the item of a map or the visit if its input tells one."""
    for key in ("id", "visit"):
        if isinstance(given, dict) and key in given:
            return f"{state} {given[key]}"
    return state


def _act(action: dict[str, Any], place: str) -> Any:
    if "raise" in action:
        raise type(action["raise"], (Exception,), {})(f"said in {place}")
    if "exit" in action:
        os._exit(action["exit"])
    if "sleep" in action:
        time.sleep(action["sleep"])
    return action.get("answer", {"did": place})


def _import_batch(batch: dict[str, Any]) -> Any:
    """Note what it got: a child of a Map Run has a name of its own, so rows say what to do."""
    rows = [item["row"] for item in batch["Items"]]
    execution = batch["BatchInput"]["Attributes"]["execution"]
    _put(f"batches/{execution}/{rows[0]['id']}", json.dumps(batch))
    for row in rows:
        if row["do"]:
            _act({row["do"]: row["what"]}, row["id"])
    return {"rows": len(rows)}


def _put(key: str, text: str) -> None:
    """Store an object by hand, as loading boto3 takes longer than all the rest."""
    request = urllib.request.Request(  # noqa: S310 - the emulator's address
        f"{os.environ['AWS_ENDPOINT_URL']}/{BUCKET}/{urllib.parse.quote(key)}",
        text.encode(),
        {"Authorization": AUTHORIZATION},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=4).close()  # noqa: S310
