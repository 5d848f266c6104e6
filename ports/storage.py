"""Say how storage fails, whatever it is made of."""


class StorageUnavailable(Exception):
    """Storage did not answer; a write in flight may or may not have happened."""


class StorageCorrupt(Exception):
    """Stored data contradicts itself: the work stops and nothing is repaired."""


class StorageConflict(Exception):
    """Another change came first: nothing was stored, and trying again may succeed."""


class ConstraintBroken(Exception):
    """A uniqueness or check constraint refused the write: nothing was stored."""

    def __init__(self, message: str, *, constraint: str | None = None) -> None:
        super().__init__(message)
        self.constraint = constraint
