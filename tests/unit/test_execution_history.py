from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

from botocore.exceptions import ClientError

from cli.watching.execution_history import failed_tries
from cqrs.aws.executions import ExecutionReader

AT = datetime(2026, 1, 1, tzinfo=UTC)
CAUSE = json.dumps({"errorType": "ValidationError", "errorMessage": "It is none."})


def event(number, kind, before, **details):
    return {"id": number, "type": kind, "previousEventId": before, "timestamp": AT, **details}


def entered(number, state, before):
    return event(number, "TaskStateEntered", before, stateEnteredEventDetails={"name": state})


def failed(number, before, error="ValidationError"):
    details = {"error": error, "cause": CAUSE}
    return event(number, "TaskFailed", before, taskFailedEventDetails=details)


class Histories:
    """Step Functions with a history in pages."""

    def __init__(self, *pages):
        self._pages = pages

    def get_execution_history(self, **request):
        page = int(request.get("nextToken", 0))
        more = {"nextToken": str(page + 1)} if page + 1 < len(self._pages) else {}
        return {"events": self._pages[page], **more}


class Refusing:
    """Step Functions as somebody sees it who may not read histories."""

    def get_execution_history(self, **_request):
        refusal = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
        raise ClientError(refusal, "GetExecutionHistory")


def tries(client):
    return failed_tries(ExecutionReader(SimpleNamespace(step_functions=client)), "arn")


def test_whoever_may_not_read_histories_is_told_of_no_tries():
    assert tries(Refusing()) is None


def told(*pages):
    return [(tried["state"], tried["error"]) for tried in tries(Histories(*pages))]


def test_the_function_s_own_message_is_told():
    (tried,) = tries(Histories([entered(1, "initialize", 0), failed(2, 1)]))

    assert tried == {
        "at": "2026-01-01T00:00:00+00:00",
        "state": "initialize",
        "error": "ValidationError",
        "cause": "It is none.",
    }


def test_branches_of_a_map_that_mix_are_told_apart():
    page = [entered(1, "left", 0), entered(2, "right", 0), failed(3, 1, "A"), failed(4, 2, "B")]

    assert told(page) == [("left", "A"), ("right", "B")]


def test_a_history_without_ways_goes_by_its_order():
    page = [entered(1, "first", None), entered(2, "second", None), failed(3, None, "A")]

    assert told(page) == [("second", "A")]


def test_all_pages_are_read():
    assert told([entered(1, "first", 0)], [failed(2, 1, "A"), failed(3, 2, "B")]) == [
        ("first", "A"),
        ("first", "B"),
    ]


def test_a_timeout_is_a_failed_try():
    timeout = {"error": "States.Timeout"}
    page = [entered(1, "wait", 0), event(2, "TaskTimedOut", 1, taskTimedOutEventDetails=timeout)]

    assert told(page) == [("wait", "States.Timeout")]


def test_nothing_failed():
    assert told([entered(1, "first", 0)]) == []
