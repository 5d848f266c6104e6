"""Read what authenticators write only if it has the plain form that they are to use.

The library's CBOR reader takes tags (patterns, times, references), floats and nesting of any
kind. Authenticators write none of that (CTAP 2.1, 8): what has it is refused before the
library sees it.
"""

from base64 import urlsafe_b64encode

_DEPTH_MAX = 6
_ITEMS_MAX = 256
# How many bytes follow that hold a value or a length, by the low five bits of the first.
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_UINT, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_PLAIN = frozenset({20, 21, 22})
# rpIdHash, flags, signCount (Web Authentication Level 3, 6.1).
_HEAD = 37
_AAGUID = 16
_FLAGS_AT = 32
_HAS_CREDENTIAL, _HAS_EXTENSIONS = 0x40, 0x80


class NotPlain(ValueError):
    """The bytes are not what an authenticator may write; says why."""


def check_item(data: bytes) -> None:
    """Return if the bytes are one plain CBOR item and nothing else; raises NotPlain."""
    end = item_end(data, start=0)
    if end != len(data):
        raise NotPlain(f"has {len(data) - end} bytes behind its end")


def item_end(data: bytes, *, start: int) -> int:
    """Return where the plain CBOR item ends that begins there; raises NotPlain."""
    at = start
    items = 0
    # How many items are still to come, of each container that is open.
    open_: list[int] = [1]
    while open_:
        if open_[-1] == 0:
            open_.pop()
            continue
        open_[-1] -= 1
        items += 1
        if items > _ITEMS_MAX:
            raise NotPlain(f"has more than {_ITEMS_MAX} items")
        kind, value, at = _head(data, at=at)
        match kind:
            case _ if kind in (_BYTES, _TEXT):
                at += value
                if at > len(data):
                    raise NotPlain("ends too early")
            case _ if kind in (_ARRAY, _MAP):
                if len(open_) > _DEPTH_MAX:
                    raise NotPlain(f"is nested deeper than {_DEPTH_MAX}")
                open_.append(value if kind == _ARRAY else 2 * value)
            case _ if kind == _TAG:
                raise NotPlain("has a tag, which authenticators do not write")
            case _ if kind == _SIMPLE and value not in _PLAIN:
                raise NotPlain("has a float or a value that authenticators do not write")
            case _:
                pass
    return at


def check_authenticator_data(data: bytes) -> None:
    """Return if the bytes are authenticator data as a whole; raises NotPlain."""
    if len(data) < _HEAD:
        raise NotPlain(f"has fewer than {_HEAD} bytes")
    flags, at = data[_FLAGS_AT], _HEAD
    if flags & _HAS_CREDENTIAL:
        at += _AAGUID
        length = int.from_bytes(data[at : at + 2])
        at += 2 + length
        if at >= len(data) or not length:
            raise NotPlain("ends within its credential")
        at = _map_end(data, at=at)
    if flags & _HAS_EXTENSIONS:
        at = _map_end(data, at=at)
    if at != len(data):
        raise NotPlain(f"has {len(data) - at} bytes behind its end")


def text_of(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _map_end(data: bytes, *, at: int) -> int:
    if at >= len(data) or data[at] >> 5 != _MAP:
        raise NotPlain("lacks a map where one must be")
    return item_end(data, start=at)


def _head(data: bytes, *, at: int) -> tuple[int, int, int]:
    """Return an item's major type, its value or length, and where what follows begins."""
    if at >= len(data):
        raise NotPlain("ends too early")
    kind, low = data[at] >> 5, data[at] & 0x1F
    at += 1
    if low < min(_WIDTHS):
        return kind, low, at
    width = _WIDTHS.get(low)
    if width is None or kind == _SIMPLE:
        # Lengths that come later, and floats.
        raise NotPlain("has an item of open length or a float")
    if at + width > len(data):
        raise NotPlain("ends too early")
    return kind, int.from_bytes(data[at : at + width]), at + width
