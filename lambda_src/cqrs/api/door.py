"""The door: every request of the HTTP API passes it, and only what a route allows gets through.

In this order: who asks, which route, whose tenant, which role, then what was sent. Nothing is read
or written before all of that is known to be allowed.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cqrs.api.answers import LARGEST_BODY, ApiAnswer, to_payload
from cqrs.api.bodies import checked_body, checked_query
from cqrs.api.call import ApiCall
from cqrs.api.own_table import table_route
from cqrs.api.paths import TENANT
from cqrs.api.principals import EVERY_TENANT, Identity
from cqrs.api.problems import Problem, problem_of
from cqrs.api.requests import HttpRequest, request_id
from cqrs.api.table import RouteTable
from cqrs.core.log_keys import (
    OPERATION,
    REFUSED,
    REQUEST,
    SHOWN_LENGTH,
    error_keys,
    log_with,
    tenant_keys,
)
from cqrs.core.observability import logger
from cqrs.core.tenants import checked_tenant
from cqrs.core.texts import message_of
from cqrs.storage.origins import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cqrs.api.idempotency import IdempotencyRecords
    from cqrs.api.own_routes import OwnRoute
    from cqrs.api.principals import Principal
    from cqrs.api.route import Route
    from cqrs.services import Services

OPENAPI_PATH = "/openapi.json"

IDEMPOTENCY_KEY = "idempotency-key"

FIRST_FAULT = 500


class Door:
    """Answers requests of the HTTP API.

    Parameters
    ----------
    services
        Makes the services of the environment.
    own_routes
        Routes of the application's own.
    """

    def __init__(self, services: Callable[[], Services], own_routes: Sequence[OwnRoute]) -> None:
        self._services = services
        self._table = RouteTable([table_route(own) for own in own_routes])

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request, whatever becomes of it."""
        asked = request_id(event)
        logger.append_keys(**{REQUEST: asked})
        try:
            answer, text = self._answered(HttpRequest.of(event))
        except Exception as error:  # noqa: BLE001 - of a fault, a caller gets the id alone
            answer = _told(error, asked)
            text = answer.text()
        return to_payload(answer, text)

    def _answered(self, request: HttpRequest) -> tuple[ApiAnswer, str]:
        if (request.method, request.path) == ("GET", OPENAPI_PATH):
            return _written(self._openapi())
        principal = self._principal(request)
        route, path = self._route(request)
        tenant = _allowed_tenant(principal, route, path)
        log_with({OPERATION: route.operation, **tenant_keys(tenant)})
        _refuse_no_tenant(route, tenant)
        try:
            return self._passed(request, route, path, principal, tenant)
        except Exception as error:
            problem = problem_of(error, route.refused)
            if problem.status >= FIRST_FAULT:
                raise
            if not (route.is_own or route.is_of_environment):
                from cqrs.api.wording import in_callers_words  # noqa: PLC0415 - of refusals alone

                problem.detail = in_callers_words(problem.detail, tenant)
            raise problem from error

    def _passed(
        self,
        request: HttpRequest,
        route: Route,
        path: Mapping[str, str],
        principal: Principal,
        tenant: str,
    ) -> tuple[ApiAnswer, str]:
        """Answer a request that its principal may make."""
        call = ApiCall(
            principal=principal,
            tenant=tenant,
            path=path,
            query=checked_query(route, request),
            headers=request.headers,
            body=checked_body(route, request),
            origin=Origin(principal.author),
            request_id=request.id,
            began=time.monotonic(),
            prefix=request.prefix,
        )
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None or not route.writes:
            return _written(route.find(self._services())(call))
        return self._once(request, route, call, key)

    def _once(
        self, request: HttpRequest, route: Route, call: ApiCall, key: str
    ) -> tuple[ApiAnswer, str]:
        """Answer a request that is done once, however often it is sent."""
        from cqrs.api.idempotency import RecordKey  # noqa: PLC0415 - of those with a key

        author = call.principal.author
        record = RecordKey.of(call.tenant, call.principal.subject, key)
        begun = self._records.begin(record, request.fingerprint, author)
        if isinstance(begun, ApiAnswer):
            return _written(begun)
        try:
            answer, text = _written(route.find(self._services())(replace(call, origin=begun)))
        except Exception:
            with _noted():
                self._records.give_up(begun)
            raise
        with _noted():
            self._records.keep(begun, answer, text)
        return answer, text

    def _principal(self, request: HttpRequest) -> Principal:
        principal = self._identity.principal(request.authorizer)
        if principal is None:
            raise Problem(
                401,
                "no-principal",
                "Nobody is known to ask: send a token of the environment's identity provider as "
                "Authorization: Bearer, or sign the request for the paths below /iam.",
                headers={"www-authenticate": "Bearer"},
            )
        return principal

    def _route(self, request: HttpRequest) -> tuple[Route, Mapping[str, str]]:
        routes = self._table.at(request.path)
        if not routes:
            raise Problem(
                404,
                "no-route",
                f"There is no path {request.path[:200]!r}: {OPENAPI_PATH} lists those that there "
                "are.",
            )
        if request.method not in routes:
            allowed = ", ".join(sorted(routes))
            raise Problem(
                405,
                "method",
                f"{request.method[:20]!r} is not for this path; it takes {allowed}.",
                headers={"allow": allowed},
            )
        return routes[request.method]

    @cached_property
    def _identity(self) -> Identity:
        return Identity(self._services().settings.api_identity)

    @cached_property
    def _records(self) -> IdempotencyRecords:
        from cqrs.api.idempotency import IdempotencyRecords  # noqa: PLC0415 - of those with a key

        services = self._services()
        return IdempotencyRecords(services.store, services.settings.api_table)

    def _openapi(self) -> ApiAnswer:
        from cqrs.api.openapi import Registered, document  # noqa: PLC0415 - few ask for it

        services = self._services()
        types = services.item_types
        registered = Registered(
            {item_type.name: types.schema_of(item_type.name) for item_type in types},
            services.task_handlers.types,
            services.import_strategies.targets,
        )
        return ApiAnswer(200, document(self._table.routes, registered))


def _allowed_tenant(principal: Principal, route: Route, path: Mapping[str, str]) -> str:
    """The tenant of a path, if the principal may do for it what the route does.

    It is ``*`` if the route is about what all tenants share.

    Raises
    ------
    Problem
        If it may not.
    """
    tenant = EVERY_TENANT if route.is_of_environment else path[TENANT]
    if route.is_of_environment and EVERY_TENANT not in principal.tenants:
        raise Problem(
            403,
            "tenant",
            f"{_asked(route)} is about all tenants, and needs the tenant {EVERY_TENANT}. Ask an "
            "administrator for it.",
        )
    if not principal.may_work_for(tenant):
        raise Problem(
            403,
            "tenant",
            f"The tenant {tenant[:80]!r} is not one of yours: ask its administrator for access.",
        )
    if route.roles.isdisjoint(principal.roles):
        needed = ", ".join(sorted(route.roles))
        raise Problem(
            403,
            "role",
            f"{_asked(route)} needs one of the roles {needed}. Ask an administrator for one.",
        )
    return tenant


def _refuse_no_tenant(route: Route, tenant: str) -> None:
    checked_tenant(tenant)
    if tenant == EVERY_TENANT and not route.is_of_environment:
        raise Problem(
            400,
            "validation",
            f"{EVERY_TENANT} stands for every tenant in a token, and is none in a path: name one.",
        )


def _asked(route: Route) -> str:
    return f"{route.method} {route.full_path} ({route.summary.rstrip('.')})"


@contextmanager
def _noted() -> Iterator[None]:
    """Let a record that cannot be written change nothing about what the caller is told."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the request was answered
        logger.warning("A request stays in progress", extra={"error": message_of(error)})


def _written(answer: ApiAnswer) -> tuple[ApiAnswer, str]:
    """An answer and its body as JSON.

    Raises
    ------
    Problem
        If Lambda takes no such body.
    """
    text = answer.text()
    size = len(text.encode(errors="backslashreplace"))
    if size > LARGEST_BODY:
        raise Problem(
            413,
            "answer-too-large",
            f"The answer takes {size:,} bytes; {LARGEST_BODY:,} fit. Ask for fewer by limit, if "
            "the path takes it. Otherwise read it on the command line, or by Python's services.",
        )
    return answer, text


def _told(error: Exception, asked: str) -> ApiAnswer:
    problem = problem_of(error)
    if problem.status >= FIRST_FAULT:
        logger.error("A request failed", extra={"asked": asked, **error_keys(error)})
    else:
        told = {"status": problem.status, "reason": problem.detail[:SHOWN_LENGTH]}
        logger.debug(REFUSED, extra=told)
    return problem.answer(asked)
