"""Say how storage fails, whatever it is made of."""


class StorageUnavailable(Exception):
    """Storage did not answer; a write in flight may or may not have happened."""


class StorageCorrupt(Exception):
    """Stored data contradicts itself: the work stops and nothing is repaired."""


class ConstraintBroken(Exception):
    """A uniqueness or check constraint refused the write: nothing was stored."""
