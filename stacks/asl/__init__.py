"""Builders for the Amazon States Language: small functions that return plain dictionaries.

They spell out the common parts of the project's definitions (how the one function is called, what
is retried). So a definition reads as its workflow. Take their names from here.
"""

from stacks.asl.emulator_errors import with_names_of_emulators
from stacks.asl.errors import DefinitionError
from stacks.asl.invocation import Invocation
from stacks.asl.maps import csv_map, inline_map, result_writer
from stacks.asl.retriers import UNTIL_THE_END, within_express
from stacks.asl.states import (
    ALL_ERRORS,
    HEARTBEAT_TIMEOUT,
    TIMEOUT,
    Definition,
    State,
    branch,
    catch,
    choice,
    fail,
    is_error_result,
    is_true,
    machine,
    number_equals,
    parallel,
    succeed,
    text_equals,
    wait,
)

__all__ = [
    "ALL_ERRORS",
    "HEARTBEAT_TIMEOUT",
    "TIMEOUT",
    "UNTIL_THE_END",
    "Definition",
    "DefinitionError",
    "Invocation",
    "State",
    "branch",
    "catch",
    "choice",
    "csv_map",
    "fail",
    "inline_map",
    "is_error_result",
    "is_true",
    "machine",
    "number_equals",
    "parallel",
    "result_writer",
    "succeed",
    "text_equals",
    "wait",
    "with_names_of_emulators",
    "within_express",
]
