"""Keep the collector of reference cycles off the books."""

import gc

# Almost nothing here makes cycles, while a start makes a million small values and the books grow by
# many with every order: at the defaults (700, 10, 10) the collector walked them all for a fifth of
# a start and a tenth of the time after it.
_YOUNG = 20_000
_MIDDLE = 20
_OLD = 100


def seldom() -> None:
    """Look for new cycles more rarely; a process that will serve begins with this."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


def settle() -> None:
    """Set what was made at the start aside."""
    gc.collect()
    gc.freeze()
