"""Hold what a client says of the machine it runs on: a hint about a device, never a proof."""

import hashlib
from dataclasses import astuple, dataclass, fields

VALUE_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Stable things that a program may tell of itself; an empty one was not told.

    Whoever has a device's token can tell the same: a match proves nothing, a change is odd.
    """

    # The family of the program, such as firefox, without its version: versions change weekly.
    agent: str = ""
    platform: str = ""
    language: str = ""
    time_zone: str = ""
    # Width, height and depth, such as 2560x1440x24.
    screen: str = ""

    def __post_init__(self) -> None:
        values: tuple[str, ...] = astuple(self)
        if not any(values):
            raise ValueError("a fingerprint tells something")
        if any(len(value) > VALUE_MAX or not value.isprintable() for value in values):
            raise ValueError(f"each value has at most {VALUE_MAX} printable characters")

    @property
    def digest(self) -> bytes:
        """What two fingerprints are compared by: SHA-256 over names and values, case ignored."""
        # No value holds a NUL, so that nothing can pass for the end of another.
        told = "\0".join(
            f"{one.name}\0{getattr(self, one.name).casefold()}" for one in fields(self)
        )
        return hashlib.sha256(told.encode(errors="surrogatepass")).digest()
