"""List the settings of the watchdog."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from adapters.settings.field import setting


class WatchdogKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An API key of the watchdog's own at one broker."""

    key: str
    secret: str
    passphrase: str | None = None

    def __repr__(self) -> str:
        return "WatchdogKey()"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogSettings:
    """What `ballast watchdog` has for itself; it needs no database."""

    keys: str | None = setting(
        None,
        'API keys of its own by broker, as JSON: {"paper": {"key": …, "secret": …}}; each may'
        " trade, for that is what cancels, and withdraw nothing.",
        secret=True,
    )


def read_keys(settings: WatchdogSettings) -> Mapping[str, WatchdogKey]:
    """Return the keys by broker; raises ValueError, which repeats no secret."""
    if settings.keys is None:
        return {}
    try:
        return msgspec.json.decode(settings.keys, type=dict[str, WatchdogKey])
    except (msgspec.MsgspecError, ValueError):
        raise ValueError('must be JSON such as {"paper": {"key": "…", "secret": "…"}}') from None


def watchdog_faults(
    settings: WatchdogSettings, *, brokers: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Yield what cannot hold together, by its key."""
    try:
        named = read_keys(settings)
    except ValueError as problem:
        yield "watchdog.keys", str(problem)
        return
    for name in named.keys() - brokers.keys():
        yield "watchdog.keys", f"names a broker {name!r}, which is not set"
