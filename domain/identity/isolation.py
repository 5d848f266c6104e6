"""Turn how soon a point is isolated into a score.

F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008, pp. 413-422: the definitions
of c(n) and s(x, n) are its equations 1 and 2.
"""

import math

_EULER = 0.5772156649015329


def average_path(n: int) -> float:
    """Return c(n), the mean depth of an unsuccessful search in a binary search tree of n points.

    The harmonic number H(i) is ln(i) plus Euler's constant, as in the paper; for two points,
    where that is far off, the depth is exactly 1, and one point needs no split.
    """
    if n < 1:
        raise ValueError("a tree holds at least one point")
    if n == 1:
        return 0.0
    if n == 2:
        return 1.0
    return 2.0 * (math.log(n - 1.0) + _EULER) - 2.0 * (n - 1.0) / n


def isolation_score(mean_depth: float, *, n: int) -> float:
    """Return s(x, n) = 2^(-E[h(x)] / c(n)), in (0, 1]; n is the number of points a tree saw.

    Near 1 a point is soon apart from the others; 0.5 is what a point like all others gets.
    """
    if mean_depth < 0 or n < 2:
        raise ValueError("a depth is not negative, and a tree that isolates saw two points")
    return float(2.0 ** (-mean_depth / average_path(n)))
