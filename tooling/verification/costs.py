"""A bound of what a run costs, from counts of what it asks of AWS."""

from dataclasses import dataclass

PRICES_OF = "January 2025"


@dataclass(frozen=True)
class Charge:
    """A thing that AWS charges for.

    Attributes
    ----------
    what
        Its name.
    count
        How many of it a run has at most.
    dollars_per_million
        AWS's list price in Tokyo, which is above those of most regions.
    """

    what: str
    count: int
    dollars_per_million: float

    @property
    def dollars(self) -> float:
        """Its cost at most."""
        return self.count * self.dollars_per_million / 1_000_000


CHARGES = (
    Charge("state transitions", 2_000, 25.00),
    Charge("invocations of the function", 4_000, 0.20),
    Charge("GB-seconds of the function", 4_000, 16.67),
    Charge("units written to DynamoDB", 20_000, 0.715),
    Charge("units read from DynamoDB, without the search for what is left", 20_000, 0.1425),
    Charge("requests to S3 that write or list", 2_000, 4.70),
    Charge("requests to SQS and SNS", 10_000, 0.40),
    Charge("traces of X-Ray", 4_000, 5.00),
    Charge("KB of logs", 40_000, 0.76),
)
"""All tests together were counted on the emulator: 860 transitions, and 790 calls of the function
by states. These are twice as many, and a generous share of everything else for each."""


def bound() -> float:
    """Dollars that a run costs at most, without free tiers."""
    return sum(charge.dollars for charge in CHARGES)
