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
    Charge("state transitions", 6_000, 25.00),
    Charge("invocations of the function", 10_000, 0.20),
    Charge("GB-seconds of the function", 5_000, 16.67),
    Charge("units written to DynamoDB", 20_000, 0.715),
    Charge("units read from DynamoDB, without the search for what is left", 40_000, 0.1425),
    Charge("writing and listing requests to S3", 2_000, 4.70),
    Charge("requests to SQS and SNS", 10_000, 0.40),
    Charge("traces of X-Ray", 10_000, 5.00),
    Charge("KB of logs", 50_000, 0.76),
)
"""The counts are those that the tests had on the emulator, doubled or more."""


def bound() -> float:
    """Dollars that a run costs at most, without free tiers."""
    return sum(charge.dollars for charge in CHARGES)
