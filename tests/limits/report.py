"""The figures of a case as text."""

from __future__ import annotations

from collections.abc import Iterator

from tests.limits.cases import Result
from tests.limits.quotas import prices

PERCENTILES = (0.5, 0.9, 0.99, 1.0)
MOMENTS = 12
MILLION = 1e6


def report(result: Result) -> str:
    """A case's figures as text."""
    return "\n".join(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    case, account, load, watch = result.case, result.account, result.load, result.watch
    tally = account.tally
    yield f"{case.name}, seed {result.seed}: {'BROKEN' if result.broken else 'kept'}"
    if case.scale != 1:
        yield f"  scale       quotas and load are divided by {case.scale:g}"
    refused = f", refused {load.refused}" if load.refused else ""
    yield f"  offered     {load.offered:,}, accepted {load.accepted:,}{refused}"
    ends = max((moment for moment, at in tally.series if at["waiting"]), default=0.0)
    done = watch.finished
    yield (
        f"  done        {done:,} commands finished, {sum(watch.failed.values()):,} failed; "
        f"nothing waits from {ends:,.0f} s on; {done / ends if ends else 0:.1f} a second"
    )
    for name in ("latency", "stream age", "transition wait"):
        if tally.measures[name]:
            shown = ", ".join(
                f"p{100 * share:g} {tally.percentile(name, share):,.1f} s" for share in PERCENTILES
            )
            yield f"  {name:<11} {shown}"
    step = max(1, len(tally.series) // MOMENTS)
    shown = ", ".join(f"{moment:.0f} s {at['waiting']:,}" for moment, at in tally.series[::step])
    yield f"  backlog     {shown}"
    for title, counts in (
        ("throttles", tally.throttles),
        ("failures", tally.failures),
        ("counts", tally.counts),
    ):
        if counts:
            shown = "; ".join(f"{name} {count:,}" for name, count in counts.most_common(12))
            yield f"  {title:<11} {shown}"
    yield f"  cost        {_cost(result)}"
    for promise in result.broken:
        yield f"  BROKEN      {promise}"


def prices_of(result: Result) -> dict[str, float]:
    """The price of all that a run has used, in USD."""
    known = prices()
    return {name: used * known[name] for name, used in result.account.tally.use.items()}


def _cost(result: Result) -> str:
    units = result.watch.finished
    if not units:
        return "nothing was done"
    each = prices_of(result)
    million = MILLION / units
    parts = sorted(each.items(), key=lambda part: -part[1])
    shown = ", ".join(f"{name} {cost * million:.2f}" for name, cost in parts[:6])
    return f"{sum(each.values()) * million:.2f} USD a million ({shown})"
