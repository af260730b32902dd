"""Findings over HTTP, and repairs that are safe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cqrs.actions.commands import whole_command
from cqrs.api.answers import ApiAnswer
from cqrs.api.calls.items import named
from cqrs.api.calls.remedies import advice, executions, remedies
from cqrs.api.problems import Problem
from cqrs.api.time_limits import has_time, keep_to_answer
from cqrs.aws.pace import Pace
from cqrs.aws.step_functions import StepFunctionsService
from cqrs.core.observability import logger
from cqrs.core.texts import message_of
from cqrs.errors import CqrsError
from cqrs.examinations.failed_chains import Filter, failed_page
from cqrs.examinations.findings import EXAMINATIONS, Examiner
from cqrs.healing.faults import mended
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.commands.models import Command
    from cqrs.examinations.findings import FindingPage, Found
    from cqrs.healing.faults import Fault
    from cqrs.services import Services

NOT_HERE = {"deployment": "Its files, with which it would be compared, are not in the function."}
"""Examinations that the function cannot make, and why."""


class FindingCalls:
    """Requests about findings.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def list_findings(self, call: ApiCall) -> ApiAnswer:
        """The faults that there was time to find."""
        page = self._page(call, call.query)
        found = [self._shown(call, one) for one in page.found]
        return ApiAnswer(200, {"findings": found, **_extent(page)})

    def repair_findings(self, call: ApiCall) -> ApiAnswer:
        """Repair what is safe to repair, of what there was time to look at."""
        page = self._page(call, call.body)
        keep_to_answer(call, self._services)
        goes_on = has_time(call)
        outcomes = [
            self._mended(call, one, one.fault)
            if goes_on()
            else {**_outcome(one, one.fault), "detail": "There was no time left for it."}
            for one in page.found
            if one.fault is not None and one.fault.mend is not None
        ]
        return ApiAnswer(200, {"repairs": outcomes, **_extent(page)})

    def get_finding(self, call: ApiCall) -> ApiAnswer:
        """The faults that something has now, of which a finding was."""
        found = self._examiner(call).again(call.path["id"])
        return ApiAnswer(200, {"findings": [self._shown(call, one) for one in found]})

    def repair_finding(self, call: ApiCall) -> ApiAnswer:
        """Repair what a finding was about, if it is still wrong and that is safe."""
        keep_to_answer(call, self._services)
        found = self._examiner(call).again(call.path["id"])
        safe = [one for one in found if one.fault is not None and one.fault.mend is not None]
        if found and not safe:
            raise Problem(
                409,
                "needs-a-person",
                f"It is not repaired by itself: {advice(found[0])}",
                more={"remedies": remedies(call, found[0])},
            )
        outcomes = [self._mended(call, one, one.fault) for one in safe if one.fault is not None]
        return ApiAnswer(200, {"repairs": outcomes})

    def list_failed_commands(self, call: ApiCall) -> ApiAnswer:
        """The tenant's commands that failed, as far as there was time to look."""
        wanted = Filter(item_type=call.query.get("type"), tenant=call.tenant)
        limit = call.query.get("limit", DEFAULT_PAGE)
        page = failed_page(self._services, wanted, limit, call.query.get("cursor"), has_time(call))
        body = {
            "commands": [_command(one) for one in page.commands],
            "damaged": page.damaged,
            "cursor": page.cursor,
        }
        return ApiAnswer(200, body)

    def _page(self, call: ApiCall, asked: Any) -> FindingPage:
        return self._examiner(call).page(asked.get("limit", DEFAULT_PAGE), asked.get("cursor"))

    def _examiner(self, call: ApiCall) -> Examiner:
        services = self._services
        paced = StepFunctionsService(services.clients, Pace())
        work = partial(services.stuck_work, services.retelling, paced)
        return Examiner(services, work, has_time(call))

    def _shown(self, call: ApiCall, found: Found) -> dict[str, Any]:
        return {
            **_told(found),
            "can_be_repaired": found.fault is not None and found.fault.mend is not None,
            "advice": advice(found),
            "remedies": remedies(call, found),
            "executions": executions(call, found),
        }

    def _mended(self, call: ApiCall, found: Found, fault: Fault | None) -> dict[str, Any]:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - of repairs alone

        outcome = _outcome(found, fault)
        if fault is None or fault.mend is None:
            return outcome
        try:
            is_mended, told = mended(fault.subject, fault.mend)
        except (CqrsError, ClientError) as error:
            is_mended, told = False, f"{type(error).__name__}: {message_of(error)}"
        logger.info(
            "Finding repaired" if is_mended else "Finding not repaired",
            extra={
                "by": call.principal.author,
                "problem": fault.problem,
                "subject": fault.subject,
                "told": told,
            },
        )
        return {**outcome, "repaired": is_mended, "detail": told or outcome["detail"]}


def _outcome(found: Found, fault: Fault | None) -> dict[str, Any]:
    return {**_told(found), "repaired": False, "detail": "" if fault is None else fault.detail}


def _told(found: Found) -> dict[str, Any]:
    fault = found.fault
    if fault is None:
        letters = f"{found.count} {'message' if found.count == 1 else 'messages'}"
        problem, subject, detail = "dead letters", found.source, letters
    else:
        problem, subject, detail = fault.problem, fault.subject, fault.detail
    return {
        "id": found.id,
        "examination": found.examination,
        "problem": problem,
        "subject": subject,
        "detail": detail,
    }


def _extent(page: FindingPage) -> dict[str, Any]:
    """How far a page has come, and what it could not look at."""
    not_examined = [{"examination": name, "reason": told} for name, told in NOT_HERE.items()]
    not_examined += [
        {"examination": name, "reason": told} for name, told in page.broken_off.items()
    ]
    return {
        "examined": page.examined,
        "not_examined": not_examined,
        "examinations": list(EXAMINATIONS),
        "cursor": page.cursor,
    }


def _command(command: Command) -> dict[str, Any]:
    hidden = {"pk", "sk", "ttl", "name", "attributes", "is_deleted"}
    told = {name: value for name, value in whole_command(command).items() if name not in hidden}
    return {**named(command.key.item), **told}
