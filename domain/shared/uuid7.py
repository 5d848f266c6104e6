"""Lay out ascending UUIDv7 ids from a time and random bits that the caller brings."""

from uuid import UUID, SafeUUID

# Random bits that one id may use: 41 to start the counter, 32 for the tail.
ENTROPY_BITS = 73

_TAIL_BITS = 32
_TAIL_MASK = (1 << _TAIL_BITS) - 1
# RFC 9562 section 6.2 method 1: 42 counter bits, the top one kept free against rollover.
_COUNTER_START_MASK = (1 << 41) - 1
_COUNTER_END = 1 << 42
_LOW_COUNTER_MASK = (1 << 30) - 1
_VERSION_AND_VARIANT = (7 << 76) | (0b10 << 62)
_UNIX_MS_END = 1 << 48

_new_uuid = object.__new__
_set_int = vars(UUID)["int"].__set__
# Looked up once: an attribute of an enumeration costs more than all the shifting below.
_UNKNOWN = SafeUUID.unknown
_set_is_safe = vars(UUID)["is_safe"].__set__


class Uuid7Sequence:
    """Strictly ascending UUIDv7 values, also within a millisecond and when time goes back."""

    __slots__ = ("_counter", "_unix_ms")

    def __init__(self) -> None:
        self._unix_ms = -1
        self._counter = 0

    def next(self, *, unix_ms: int, entropy: int) -> UUID:
        """Return the next id (RFC 9562 section 5.7); entropy is ENTROPY_BITS random bits.

        Raises ValueError when the time is before 1970 or past the year 10889.
        """
        if not 0 <= unix_ms < _UNIX_MS_END:
            raise ValueError(f"unix_ms must fit 48 bits without a sign, not {unix_ms}")
        if unix_ms > self._unix_ms:
            self._unix_ms = unix_ms
            self._counter = (entropy >> _TAIL_BITS) & _COUNTER_START_MASK
        else:
            self._counter += 1
            if self._counter == _COUNTER_END:
                # The RFC lets the time run ahead of the clock rather than repeat an id.
                self._unix_ms += 1
                self._counter = 0
        counter = self._counter
        value = _new_uuid(UUID)
        # What UUID(int=...) does without its checks, which no value of these parts can fail:
        # ids are made by the dozen for every order.
        _set_int(
            value,
            (self._unix_ms << 80)
            | _VERSION_AND_VARIANT
            | ((counter >> 30) << 64)
            | ((counter & _LOW_COUNTER_MASK) << _TAIL_BITS)
            | (entropy & _TAIL_MASK),
        )
        _set_is_safe(value, _UNKNOWN)
        return value
