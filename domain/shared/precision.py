"""Set the decimal arithmetic of the process: wide enough that sums of money are exact."""

import decimal

# NUMERIC(38,18) times a ratio needs more than the default 28 digits to stay exact.
DIGITS = 50


def use_exact_money() -> None:
    """Give this thread, and every thread started later, 50-digit decimals."""
    decimal.DefaultContext.prec = DIGITS
    decimal.setcontext(decimal.Context(prec=DIGITS, rounding=decimal.ROUND_HALF_EVEN))
