"""State machines that ask, made of the states that the project offers for it."""

from __future__ import annotations

from stacks.asl import Definition, Invocation, State, choice, is_true, machine

NAME = "asking"
EXPIRE, APPROVED, REJECTED = "expire", "approved", "rejected"

FUNCTION = Invocation("function", 60)


def one_question() -> Definition:
    """One state asks; nobody's answer in time is an outcome too."""
    return machine("One question", "lead", {**_asking("lead", APPROVED), **_outcomes()})


def two_questions() -> Definition:
    """After the first has approved, another state asks."""
    states = {**_asking("lead", "board"), **_asking("board", APPROVED), **_outcomes()}
    return machine("Two questions", "lead", states)


def until_approved() -> Definition:
    """It asks the same again until somebody approves, and whenever nobody has answered in time."""
    outcomes = {**_outcomes(), EXPIRE: FUNCTION.task(Next="lead")}
    states = {**_asking("lead", APPROVED, rejected="lead"), **outcomes}
    return machine("Until approved", "lead", states)


def escalation() -> Definition:
    """The board is asked if the team lead has not answered in time."""
    escalate = {"escalate": FUNCTION.task(Next="board")}
    states = {**_asking("lead", APPROVED, on_expiry="escalate"), **escalate}
    return machine("Escalation", "lead", {**states, **_asking("board", APPROVED), **_outcomes()})


MACHINES = {
    "one question": one_question,
    "two questions": two_questions,
    "until approved": until_approved,
    "escalation": escalation,
}


def _asking(
    name: str, approved: str, *, rejected: str = REJECTED, on_expiry: str = EXPIRE
) -> dict[str, State]:
    decide = f"decide_{name}"
    return {
        name: FUNCTION.wait_for_approval(on_expiry, Next=decide),
        decide: choice(is_true("$.approved", approved), default=rejected),
    }


def _outcomes() -> dict[str, State]:
    return {
        EXPIRE: FUNCTION.task(End=True),
        APPROVED: {"Type": "Succeed"},
        REJECTED: {"Type": "Succeed"},
    }
