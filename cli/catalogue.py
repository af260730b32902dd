"""The commands by name: which module has each, and the line about it in the list of commands.

So the list and the completion of names load none of them, and a command loads its own module only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, or a group of them.

    Attributes
    ----------
    module
        The module that registers it.
    summary
        The first paragraph of its own help.
    """

    module: str
    summary: str


COMMANDS = {
    "publish": Entry("cli.groups.commands", "Publish a command: what the item PK SK shall be."),
    "get": Entry("cli.groups.commands", "Show the latest state of an item."),
    "history": Entry(
        "cli.groups.commands", "Show the states that an item had before its latest, newest first."
    ),
    "diff": Entry(
        "cli.groups.diff",
        "Show how an item differs between two versions: its name, its attributes, its deletion.",
    ),
    "list": Entry("cli.groups.items", "List the items of a type and tenant, by their sort keys."),
    "get-command": Entry("cli.groups.commands", "Show a command, and why it failed if it did."),
    "wait": Entry(
        "cli.groups.waiting",
        "Wait for the end of a command, a task, an import, an approval or an execution.",
    ),
    "explain": Entry(
        "cli.groups.explain", "Tell what happened to one thing, in order, and what to do next."
    ),
    "logs": Entry(
        "cli.groups.logs",
        "Show what the function and the state machines have logged, in one order by time.",
    ),
    "executions": Entry("cli.groups.executions", "List the newest executions of a state machine."),
    "retry": Entry("cli.groups.repair", "Start commands again, each with its item's whole chain."),
    "doctor": Entry(
        "cli.groups.doctor",
        "Find what is stuck, and say what repairs each; exit 1 if anything remains.",
    ),
    "dead-letters": Entry(
        "cli.groups.dead_letters", "List dead letters with their reasons, without taking them away."
    ),
    "redrive": Entry(
        "cli.groups.dead_letters",
        "Give dead letters back: a queue's messages, or the records of a table's stream.",
    ),
    "discard": Entry(
        "cli.groups.discards",
        "Give dead letters up: keep each with who, when and why, and delete it.",
    ),
    "discarded": Entry(
        "cli.groups.discards",
        "List the dead letters that were given up, with who, when and why; --json has the whole.",
    ),
    "export": Entry(
        "cli.groups.exports",
        "Write a tenant's data as files, and load them into another environment.",
    ),
    "erase": Entry(
        "cli.groups.erasure", "Erase all that is kept of a tenant or an item, for good."
    ),
    "erasures": Entry(
        "cli.groups.erasure",
        "List what was erased, by whom, when and why; --json has all that was counted.",
    ),
    "token": Entry(
        "cli.groups.token",
        "Print a token for the HTTP API on an emulator, of a user who is made if need be.",
    ),
    "new": Entry(
        "cli.groups.new",
        "Write the files that a part of the application begins with, and their tests.",
    ),
    "dev": Entry(
        "cli.groups.development",
        "Bring each file that is saved into the environment, as `make dev` does.",
    ),
    "completion": Entry(
        "cli.groups.completion",
        "Print the script that has a shell complete commands, options and environments.",
    ),
    "env": Entry(
        "cli.groups.whereabouts",
        "Show the environment, its place, and who you are; exit 1 if it is not there.",
    ),
    "task": Entry("cli.groups.tasks", "Make tasks and follow them."),
    "import": Entry(
        "cli.groups.imports",
        "Import CSV files: `cqrs import FILE --target T --tenant X`, which is short for "
        "`cqrs import run FILE ...`.",
    ),
    "read-model": Entry(
        "cli.groups.read_models", "Rebuild read models, tell items to them again, and migrate SQL."
    ),
    "approvals": Entry("cli.groups.approvals", "Answer executions that wait for an approval."),
    "workflow": Entry("cli.groups.workflows", "Start custom workflows and follow them."),
}
