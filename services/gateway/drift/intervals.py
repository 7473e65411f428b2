"""Confidence intervals of shares and ratios. Pure."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

# With fewer people, a ratio's interval is not reliable (Cochran, Sampling Techniques, 3rd ed., 6.8).
FEWEST_PEOPLE = 30


def quantile(level: float) -> float:
    """Return the standard errors on each side of a two-sided interval of this level."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share, for `of` > 0.

    Unlike the textbook interval, it stays within 0 and 1 and keeps its level for few cases and rare events
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
    """The sum of `y` divided by the sum of `x`, sampled by person, because posts of one person resemble each other."""

    people: int = 0
    y: float = 0.0
    x: float = 0.0
    yy: float = 0.0
    xy: float = 0.0
    xx: float = 0.0

    def add(self, y: float, x: float) -> None:
        """Add one person, unless `y` and `x` are both 0."""
        if x <= 0 and y <= 0:
            return
        self.people += 1
        self.y, self.x = self.y + y, self.x + x
        self.yy, self.xy, self.xx = self.yy + y * y, self.xy + x * y, self.xx + x * x

    @property
    def value(self) -> float | None:
        """The ratio; None while the denominator is 0."""
        return self.y / self.x if self.x > 0 else None

    @property
    def enough(self) -> bool:
        """True if there are enough people for an interval."""
        return self.x > 0 and self.people >= FEWEST_PEOPLE

    def variance(self) -> float:
        """Return the variance of the ratio by the delta method: over the sum of (y − r·x)² (Cochran, 6.3).

        Raises:
            ValueError: fewer than two people, or a denominator of 0.
        """
        if self.x <= 0 or self.people < 2:
            raise ValueError("a variance needs two people and a positive denominator")
        r = self.y / self.x
        residuals = max(0.0, self.yy - 2 * r * self.xy + r * r * self.xx)
        return self.people / (self.people - 1) * residuals / (self.x * self.x)


def difference(left: Ratio, right: Ratio, level: float) -> tuple[float, float, float] | None:
    """Return `left` − `right` with its interval; None if one of them has too few people."""
    a, b = left.value, right.value
    if a is None or b is None or not (left.enough and right.enough):
        return None
    reach = quantile(level) * sqrt(left.variance() + right.variance())
    return a - b, a - b - reach, a - b + reach


def interval(ratio: Ratio, level: float) -> tuple[float, float] | None:
    """Return the interval of one ratio, cut at 0; None with too few people."""
    value = ratio.value
    if value is None or not ratio.enough:
        return None
    reach = quantile(level) * sqrt(ratio.variance())
    return max(0.0, value - reach), value + reach
