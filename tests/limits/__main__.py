"""Simulate the cases, and print how each went: ``python -m tests.limits``."""

from __future__ import annotations

import argparse
import sys
import time

from tests.limits.cases import CASES
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


def main() -> int:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.limits", description=__doc__)
    parser.add_argument("--case", action="append", help="run a case whose name begins so")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds; default 1")
    parser.add_argument("--first-seed", type=int, default=1, help="default 1")
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
    if given.mutations:
        return mutate([name for name in given.mutations if name], given.first_seed)
    cases = [
        case
        for case in CASES
        if not given.case or any(case.name.startswith(name) for name in given.case)
    ]
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


sys.exit(main())
