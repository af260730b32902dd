"""The kinds of problems, by the status that each comes with, for the description of the API."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[int, Mapping[str, str]] = {
    400: {
        "body": "The body is not JSON, or not what the route takes.",
        "condition": "If-Match or If-None-Match says no version.",
        "idempotency-key": "Idempotency-Key is none.",
        "path": "A segment of the path is not the encoding that it begins as.",
        "query": "The query has a parameter that the route does not take, or a wrong value.",
        "validation": "The request says what cannot be.",
    },
    401: {"no-principal": "Nobody is known to ask."},
    403: {
        "role": "The principal has none of the roles that the route needs.",
        "tenant": "The tenant is not one of the principal's.",
    },
    404: {
        "deleted": "The item was deleted; `ETag` has the version that did it.",
        "no-errors-file": "The import has no file of rejected rows.",
        "no-history": "The execution has no history; Express executions have none.",
        "no-live-channel": "The environment has no live channel.",
        "no-route": "There is no such path.",
        "not-found": "There is no such thing.",
    },
    405: {"method": "The path takes other methods, which `Allow` lists."},
    409: {
        "approval-answered": "Somebody has given another answer.",
        "approval-expired": "The request for approval has expired.",
        "command-in-progress": "A command is being applied.",
        "execution-exists": "An execution has this name, and was started with another input.",
        "letter-stays": "The dead letter was not handled, and stays.",
        "needs-a-person": "No program can mend the fault.",
        "no-upload": "The file that is to be imported was not uploaded.",
        "predecessor-failed": "A command before this one has failed.",
        "request-in-progress": "The request with this Idempotency-Key is on its way.",
        "validation": "The state of the thing forbids it.",
        "version-already-applied": "The version was applied before.",
        "version-gap": "There is no version before it.",
    },
    412: {
        "condition": "If-Match and If-None-Match cannot both hold.",
        "version-conflict": "Another version is the newest, which `ETag` has.",
    },
    413: {
        "answer-too-large": "The answer is larger than Lambda gives back.",
        "body-too-large": "The body is larger than Lambda takes.",
        "item-too-large": "The item is larger than is stored.",
    },
    415: {
        "content-encoding": "The body is compressed.",
        "content-type": "The body is not sent as JSON.",
    },
    422: {
        "command-failed": "The command was stored and has failed.",
        "idempotency-key-reused": "Idempotency-Key is another request's.",
        "invalid-item": "The item does not fit its type.",
        "sync-handler-refused": "A handler of the application has refused the command.",
    },
    500: {"fault": "A fault of the service; the log has the reason."},
    503: {
        "busy": "AWS could not do it just now; send the request again after `Retry-After`.",
        "contention": "Others change the item at the same time; send it again after `Retry-After`.",
    },
}
"""Behind :data:`~cqrs.api.problems.TYPE_PREFIX`. Errors of an application's own routes may have
others, named after their classes."""

OF_GATEWAY: Mapping[int, str] = {
    401: "It does not take the token.",
    403: "It does not take the signature, or the caller may not call the API.",
    413: "The body has more than 10 MB.",
    429: "There are more requests than the throttle lets through.",
    431: "The headers are too large.",
    500: "The function has failed.",
    503: "The function has not answered in time, or AWS could not run it.",
}
"""Answers that API Gateway makes itself, by their statuses.

Source: "Quotas for HTTP APIs" and "Troubleshooting issues with HTTP API Lambda integrations" of
API Gateway's guide.
"""
