"""Hold the values every area speaks: money, ids, time, results."""

from domain.shared.precision import use_exact_money

# Importing the domain is what makes its arithmetic exact: no caller can forget it.
use_exact_money()
