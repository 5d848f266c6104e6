"""Read numbers back as they were before NUMERIC(38,18) padded them."""

from decimal import Decimal


def exact(value: Decimal) -> Decimal:
    """Drop the zeros that NUMERIC(38,18) pads with: products of padded numbers grow too long."""
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    # 100 is written as 100, not as 1E+2.
    return normal.quantize(1) if isinstance(exponent, int) and exponent > 0 else normal


def exact_or_none(value: Decimal | None) -> Decimal | None:
    """Drop padding zeros of a number that may be missing."""
    return exact(value) if value is not None else None
