"""Simulate the cases, and print how each went: ``python -m tests.limits``."""

from __future__ import annotations

import argparse
import sys
import time

from tests.limits.cases import CASES, Case
from tests.limits.mutations import MUTATIONS
from tests.limits.report import report


def mutate(names: list[str], seed: int) -> int:
    """Run each mutation's case with its measure and without."""
    wrong = 0
    for name in names or MUTATIONS:
        kept, broken = MUTATIONS[name].run(seed)
        is_right = bool(broken.broken) and not kept.broken
        wrong += not is_right
        verdict = "right" if is_right else "WRONG"
        print(verdict, name, report(kept), report(broken), sep="\n", flush=True)  # noqa: T201
    return 1 if wrong else 0


def chosen(names: list[str] | None) -> list[Case]:
    """The cases of some names: that which has the name, or else those whose names begin so.

    Raises
    ------
    ArgumentTypeError
        If there is none.
    """
    if names is None:
        return list(CASES)
    found: list[Case] = []
    for name in names:
        begins = [case for case in CASES if name and case.name.startswith(name)]
        exact = [case for case in begins if case.name == name]
        if not begins:
            told = ", ".join(case.name for case in CASES)
            raise argparse.ArgumentTypeError(f"no case begins with {name!r}; there are {told}")
        found += exact or begins
    return found


def positive(text: str) -> int:
    """A whole number of 1 or more: negative seeds are those without their sign."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def main() -> int:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.limits", description=__doc__)
    parser.add_argument("--case", action="append", help="run a case, or those whose names begin so")
    parser.add_argument("--seeds", type=positive, default=1, help="how many seeds; default 1")
    parser.add_argument("--first-seed", type=positive, default=1, help="default 1")
    parser.add_argument(
        "--mutations",
        action="append",
        nargs="?",
        const="",
        choices=["", *MUTATIONS],
        help="take a measure out, or each, and see its case fail",
    )
    parser.add_argument("--list", action="store_true", help="list the cases")
    given = parser.parse_args()
    if given.mutations and not given.list:
        return mutate([name for name in given.mutations if name], given.first_seed)
    try:
        cases = chosen(given.case)
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))
    if given.list:
        print("\n".join(case.name for case in cases))  # noqa: T201
        return 0
    broken = 0
    for case in cases:
        for seed in range(given.first_seed, given.first_seed + given.seeds):
            begun = time.perf_counter()
            result = case.run(seed)
            broken += bool(result.broken)
            print(report(result))  # noqa: T201
            print(f"  simulated   in {time.perf_counter() - begun:.0f} s", flush=True)  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted: what is not printed was not run to its end.")
