"""Intervals for shares and ratios: pure arithmetic."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

# Fewer people than this and a ratio's interval is not to be trusted (Cochran, Sampling Techniques, 3rd ed., 6.8).
FEWEST_PEOPLE = 30


def quantile(level: float) -> float:
    """How many standard errors a two-sided interval of this level reaches."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a share, for `of` > 0.

    It stays within 0 and 1 and keeps its level for few cases and rare events, where the textbook interval does not
    (Wilson 1927; Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion", 2001).
    """
    z = quantile(level)
    share = count / of
    center = share + z * z / (2 * of)
    reach = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return max(0.0, (center - reach) / whole), min(1.0, (center + reach) / whole)


@dataclass
class Ratio:
    """Sum of `y` over sum of `x` where people, not posts, were drawn: one person's posts resemble each other."""

    people: int = 0
    y: float = 0.0
    x: float = 0.0
    yy: float = 0.0
    xy: float = 0.0
    xx: float = 0.0

    def add(self, y: float, x: float) -> None:
        """Count one person; one with nothing below the line has no part in the ratio."""
        if x <= 0 and y <= 0:
            return
        self.people += 1
        self.y, self.x = self.y + y, self.x + x
        self.yy, self.xy, self.xx = self.yy + y * y, self.xy + x * y, self.xx + x * x

    @property
    def value(self) -> float | None:
        """The ratio, where there is something below the line."""
        return self.y / self.x if self.x > 0 else None

    @property
    def enough(self) -> bool:
        """Whether an interval may be given."""
        return self.x > 0 and self.people >= FEWEST_PEOPLE

    def variance(self) -> float:
        """Of the ratio, linearized: the sum over people of (y − r·x)² (Cochran, 6.3; the delta method).

        Raises:
            ValueError: nobody was counted.
        """
        if self.x <= 0 or self.people < 2:
            raise ValueError("a variance needs two people and something below the line")
        r = self.y / self.x
        residuals = max(0.0, self.yy - 2 * r * self.xy + r * r * self.xx)
        return self.people / (self.people - 1) * residuals / (self.x * self.x)


def difference(left: Ratio, right: Ratio, level: float) -> tuple[float, float, float] | None:
    """`left` − `right` with its interval, or None where one side has too few people."""
    a, b = left.value, right.value
    if a is None or b is None or not (left.enough and right.enough):
        return None
    reach = quantile(level) * sqrt(left.variance() + right.variance())
    return a - b, a - b - reach, a - b + reach


def interval(ratio: Ratio, level: float) -> tuple[float, float] | None:
    """The interval of one ratio, never below zero; None with too few people."""
    value = ratio.value
    if value is None or not ratio.enough:
        return None
    reach = quantile(level) * sqrt(ratio.variance())
    return max(0.0, value - reach), value + reach
