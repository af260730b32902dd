"""Knowing an environment again before anything is asked of it or done to it.

A request goes to whatever listens at an endpoint, and to whichever account the credentials are of.
The function of an environment carries tags that say whose it is: environment and application, and
on an emulator the clone that deployed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.deployed.refusals import REFUSALS
from cqrs import __version__
from cqrs.aws.clients import SHOWN_LENGTH, send
from cqrs.errors import ConfigurationError, CqrsError, TransientError
from stacks.environment_files import ENDPOINT_VARIABLE
from stacks.tags import APPLICATION_TAG, CLONE_TAG, ENVIRONMENT_TAG, VERSION_TAG

if TYPE_CHECKING:
    from stacks.environment.model import Environment

MISSING = frozenset({"ResourceNotFoundException"})


class WrongPlace(CqrsError):
    """The answer does not come from the environment that is meant."""


class NotDeployed(CqrsError):
    """The environment is not deployed in the place that it should be in."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials these are."""

    account_id: str
    arn: str


@dataclass(frozen=True, slots=True)
class Place:
    """The place that an environment should be in.

    Attributes
    ----------
    environment
        The environment.
    clone
        Id of the clone that must have deployed it; None if anybody may have.
    missing_emulator
        Says that this clone's emulator does not run; empty if it runs, or another one is meant.
    """

    environment: Environment
    clone: str | None = None
    missing_emulator: str = ""

    def __str__(self) -> str:
        environment = self.environment
        where = environment.endpoint or "AWS"
        return f"{where} (account {environment.account_id}, region {environment.region})"

    @property
    def marks(self) -> dict[str, str]:
        """Tags that its function must have."""
        environment = self.environment
        marks = {ENVIRONMENT_TAG: environment.name, APPLICATION_TAG: environment.application}
        return marks if self.clone is None else {**marks, CLONE_TAG: self.clone}

    def recognise(self, functions: Any, identities: Any) -> dict[str, str]:
        """See that the environment is there, by one request, and return the tags found.

        Parameters
        ----------
        functions
            Client of Lambda.
        identities
            Client of STS, which is asked only if something is wrong.

        Raises
        ------
        NotDeployed
            If it is not there.
        WrongPlace
            If something else is, or the credentials are of another account.
        TransientError
            If nothing answers.
        ConfigurationError
            If there are no credentials.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            tags = _tags(functions, self.environment.function_arn())
        except CqrsError:
            raise
        except ClientError as error:
            return self._refused(error, identities)
        except Exception as error:
            # Something else listens there: what it answers may break the SDK anywhere.
            raise self._unintelligible(error) from error
        if any(tags.get(name) != value for name, value in self.marks.items()):
            raise self._other(tags)
        return tags

    def version_mismatch(self, tags: Mapping[str, str]) -> str | None:
        """Report a deployed version that is not this clone's; None if it is, or nobody knows.

        Parameters
        ----------
        tags
            The tags that ``recognise`` found; nothing if the caller may not see them.
        """
        deployed = tags.get(VERSION_TAG)
        if not tags or deployed == __version__:
            return None
        found = f"Version {deployed}" if deployed else "A version that does not tell its number"
        return f"{found} is deployed, and this clone is version {__version__}. {self._deploy()}"

    def _refused(self, error: Any, identities: Any) -> dict[str, str]:
        code = error.response.get("Error", {}).get("Code", "")
        if code not in MISSING | REFUSALS:
            raise self._unintelligible(error) from error
        self._refuse_other_account(identities)
        environment = self.environment
        if code in MISSING:
            raise NotDeployed(
                f"{environment.name} is not deployed: {self} has no function "
                f"{environment.function_name}. Nothing was done. {self._deploy()}"
            ) from error
        if environment.endpoint is None:
            # The account is the right one, and names of its resources are unique in it. So a holder
            # of policies of an earlier version is not kept from repairing.
            return {}
        raise WrongPlace(
            f"{self} does not tell whose {environment.function_name} is, so nothing was done: "
            f"{error}. It takes lambda:ListTags, as `make policies` writes it."
        ) from error

    def _refuse_other_account(self, identities: Any) -> None:
        environment = self.environment
        caller = caller_of(identities)
        if caller.account_id != environment.account_id:
            raise WrongPlace(
                f"{environment.name} is in account {environment.account_id}, and these credentials "
                f"are of {caller.account_id} ({caller.arn}), so nothing was done. Sign in to the "
                "other account, or name a profile of it with AWS_PROFILE."
            )

    def _unintelligible(self, error: Exception) -> CqrsError:
        if self.environment.endpoint is None:
            return ConfigurationError(f"AWS was not reached, so nothing was done: {error}")
        return WrongPlace(
            f"The answer at {self} does not come from an emulator with {self.environment.name}, "
            f"so nothing was done: {type(error).__name__}: {str(error)[:SHOWN_LENGTH]}. "
            f"{self._deploy()}"
        )

    def _other(self, tags: Mapping[str, str]) -> WrongPlace:
        found = ", ".join(
            f"{name} {tags[name]!r}" if name in tags else f"no {name}" for name in self.marks
        )
        expected = ", ".join(f"{name} {value!r}" for name, value in self.marks.items() if value)
        return WrongPlace(
            f"{self} holds another deployment than this clone's {self.environment.name}, so "
            f"nothing was done: it is tagged {found}, and expected is {expected}. "
            f"{self._deploy()}{self._mean_it()}"
        )

    def _deploy(self) -> str:
        environment = self.environment
        if environment.endpoint is None:
            return f"`make deploy ENV={environment.name}` deploys it."
        return self.missing_emulator or "`make up` starts this clone's emulator and deploys to it."

    def _mean_it(self) -> str:
        endpoint = self.environment.endpoint
        if endpoint is None or self.clone is None:
            return ""
        return f" If that one is meant, set {ENDPOINT_VARIABLE}={endpoint}."


def caller_of(identities: Any) -> Identity:
    """Whose credentials a client of STS has.

    Raises
    ------
    TransientError
        If STS does not answer, or refuses the credentials.
    """
    try:
        answer = send(identities, "get_caller_identity")
    except CqrsError:
        raise
    except Exception as error:
        raise TransientError(
            f"AWS does not tell whose credentials these are: {str(error)[:SHOWN_LENGTH]}"
        ) from error
    return Identity(str(answer.get("Account")), str(answer.get("Arn")))


def _tags(functions: Any, arn: str) -> dict[str, str]:
    tags = send(functions, "list_tags", Resource=arn).get("Tags")
    return tags if isinstance(tags, dict) else {}
