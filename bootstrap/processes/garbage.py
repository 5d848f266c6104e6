"""Keep the collector of reference cycles off the books."""

import gc

# Almost nothing here makes cycles, while the books grow by many small values with every
# order: at the defaults (700, 10, 10) the collector walked them all for a tenth of the time.
_YOUNG = 20_000
_MIDDLE = 20
_OLD = 100


def settle() -> None:
    """Set what was made at the start aside, and look for new cycles more rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
