"""Confidence bounds of a proportion and of the difference of two proportions."""

import math

CONFIDENCE = 0.99
"""One-sided: at most about one false alarm in 100 comparisons of equal rates."""

_SMALLEST = 1e-300
_TOLERANCE = 1e-15
_HALVINGS = 80
_MAX_STEPS = 200_000


def compute_min_increase(
    before: tuple[int, int], now: tuple[int, int], *, confidence: float = CONFIDENCE
) -> float:
    """
    Return the lower confidence bound of an increase, as a ratio; negative if it may be a decrease.

    The bound of the difference of two independent proportions is the root of the sum of squares
    of the distances between the estimates and their single bounds. The single bounds are the exact
    ones of Clopper and Pearson instead of Wilson's, because they have the nominal coverage for any
    rate, including 0 and 1.
    Sources: Newcombe, Statistics in Medicine 17 (1998) 873, method 10; Zou and Donner, Statistics
    in Medicine 27 (2008) 1693; Clopper and Pearson, Biometrika 26 (1934) 404.

    Args:
        before: Count and total (at least 1) of the earlier sample.
        now: Count and total of the later sample.
        confidence: Confidence level of the bound, from 0 to 1.

    The false-alarm rate was computed without sampling for 2,940 combinations of proportions from
    0 to 0.5 and sizes from 30 to 3,000: 0.3 % on average, at most 0.95 % for sizes from 50; see
    docs/adr/0009-health-gate.md.
    """
    (crashed_before, of_before), (crashed_now, of_now) = before, now
    share_before, share_now = crashed_before / of_before, crashed_now / of_now
    above = compute_upper_bound(crashed_before, of_before, confidence=confidence) - share_before
    below = share_now - compute_lower_bound(crashed_now, of_now, confidence=confidence)
    return share_now - share_before - math.hypot(above, below)


def compute_lower_bound(count: int, of: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the lower bound of the proportion behind `count` of `of` (Clopper and Pearson, 1934)."""
    return 0.0 if count <= 0 else _find_beta_quantile(1 - confidence, count, of - count + 1)


def compute_upper_bound(count: int, of: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the upper bound of the proportion behind `count` of `of` (Clopper and Pearson, 1934)."""
    return 1.0 if count >= of else _find_beta_quantile(confidence, count + 1, of - count)


def _find_beta_quantile(probability: float, a: int, b: int) -> float:
    """Return the quantile of Beta(a, b) for a probability, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _compute_beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _compute_beta(x: float, a: int, b: int) -> float:
    """Return the regularized incomplete beta function. Source: https://dlmf.nist.gov/8.17"""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    log_front = a * math.log(x) + b * math.log1p(-x)
    log_front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log_front)
    if x < (a + 1) / (a + b + 2):
        return front * _compute_continued_fraction(x, a, b) / a
    return 1 - front * _compute_continued_fraction(1 - x, b, a) / b


def _compute_continued_fraction(x: float, a: int, b: int) -> float:
    """Return the continued fraction of that function. Source: https://dlmf.nist.gov/8.17.E22"""
    numerator, denominator = 1.0, 1 / _avoid_zero(1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, _MAX_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / _avoid_zero(1 + term * denominator)
            numerator = _avoid_zero(1 + term / numerator)
            value *= denominator * numerator
        if abs(denominator * numerator - 1) < _TOLERANCE:
            break
    return value


def _avoid_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST
