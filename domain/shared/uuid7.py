"""Lay out ascending UUIDv7 ids from a time and random bits that the caller brings."""

from uuid import UUID, SafeUUID

from domain.shared.frozen import opened

# Random bits that one id may use: 41 to start the counter, 32 for the tail.
ENTROPY_BITS = 73

_TAIL_BITS = 32
_TAIL_MASK = (1 << _TAIL_BITS) - 1
# RFC 9562 section 6.2 method 1: 42 counter bits, the top one kept free against rollover.
_COUNTER_START_MASK = (1 << 41) - 1
# An id without its tail, from the top: 48 bits of time, the version, 12 bits of the counter,
# the variant, and the counter's other 30 bits.
_VERSION_AND_VARIANT = (7 << 44) | (0b10 << 30)
_LOW_COUNTER_BITS = 30
_LOW_COUNTER_MASK = (1 << _LOW_COUNTER_BITS) - 1
_HIGH_COUNTER_MASK = (1 << 12) - 1
_UNIX_MS_END = 1 << 48

_open_uuid = opened(UUID)
# Looked up once: an attribute of an enumeration costs more than all the shifting below.
_UNKNOWN = SafeUUID.unknown


class Uuid7Sequence:
    """Strictly ascending UUIDv7 values, also within a millisecond and when time goes back."""

    __slots__ = ("_head", "_unix_ms")

    def __init__(self) -> None:
        self._unix_ms = -1
        # The latest id without its tail: it counts upwards from id to id. At first its counter
        # is spent, so that the time of the first id is looked at.
        self._head = _LOW_COUNTER_MASK

    def next(self, *, unix_ms: int, entropy: int) -> UUID:
        """Return the next id (RFC 9562 section 5.7); entropy is ENTROPY_BITS random bits.

        Raises ValueError when the time is before 1970 or past the year 10889.
        """
        head = self._head + 1
        if unix_ms != self._unix_ms or not head & _LOW_COUNTER_MASK:
            head = self._turned(unix_ms, entropy)
        self._head = head
        # What UUID(int=...) does without its checks, which no value of these parts can fail:
        # ids are made by the dozen for every order.
        value = _open_uuid()
        # It is open: its class below is that of any id, which refuses this.
        value.int = (head << _TAIL_BITS) | (entropy & _TAIL_MASK)  # type: ignore[misc]
        value.is_safe = _UNKNOWN  # type: ignore[misc]  # as above
        value.__class__ = UUID
        return value

    def _turned(self, unix_ms: int, entropy: int) -> int:
        """Return the next head where it is not just the one before plus one."""
        if not 0 <= unix_ms < _UNIX_MS_END:
            raise ValueError(f"unix_ms must fit 48 bits without a sign, not {unix_ms}")
        if unix_ms > self._unix_ms:
            self._unix_ms = unix_ms
            return _head(unix_ms, counter=(entropy >> _TAIL_BITS) & _COUNTER_START_MASK)
        high = (self._head >> 32) & _HIGH_COUNTER_MASK
        counter = ((high << _LOW_COUNTER_BITS) | (self._head & _LOW_COUNTER_MASK)) + 1
        if counter >> (_LOW_COUNTER_BITS + 12):
            # The RFC lets the time run ahead of the clock rather than repeat an id.
            self._unix_ms += 1
            counter = 0
        return _head(self._unix_ms, counter=counter)


def _head(unix_ms: int, *, counter: int) -> int:
    return (
        (unix_ms << 48)
        | _VERSION_AND_VARIANT
        | ((counter >> _LOW_COUNTER_BITS) << 32)
        | (counter & _LOW_COUNTER_MASK)
    )
