"""List the settings of signals."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from adapters.security.hooks import UnusableHooks, read_hooks
from adapters.settings.field import setting
from domain.shared.values import InvalidValue, checked_symbol
from domain.signals.signal import PATTERNS, TTL_MAX_S, checked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSettings:
    """Signals: what is taken in, and how long it holds and is kept."""

    age_max_s: float = setting(
        300.0, "A signal that is older when it comes is refused as stale.", low=1, high=86_400
    )
    ttl_s: int = setting(
        3_600, "Seconds for which a signal holds that does not say so.", low=1, high=TTL_MAX_S
    )
    kept_days: int = setting(
        90, "Days for which signals are kept; they go by whole weeks.", low=7, high=98
    )
    hooks: str | None = setting(
        None,
        "Alert services that may send signals, as a JSON list of hooks (docs/signals.md).",
        secret=True,
    )
    external_stream: str | None = setting(
        None, "A plain Redis stream, on redis.url, whose entries are taken in as signals."
    )
    external_tenant: str | None = setting(
        None, "Whose signals those of the external stream are: a tenant's id."
    )
    external_source: str = setting("external", "What signals of the external stream are called by.")
    external_symbols: tuple[str, ...] = setting(
        (), "Of which symbols the external stream's signals may be; others are refused."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSettings:
    """The pattern engine: what it reads, and whether its signals are published."""

    reads: str = setting(
        "bars",
        "What patterns are made of: closed bars, or each trade between them.",
        choices=("bars", "ticks"),
    )
    publish: bool = setting(True, "Whether what a pattern fires becomes a signal of every tenant.")


def signal_faults(own: SignalSettings, *, redis: bool) -> Iterator[tuple[str, str]]:
    """Yield what cannot be taken, or lacks something beside it."""
    try:
        read_hooks(own.hooks)
    except UnusableHooks as problem:
        # It names the hook by its number, and repeats no secret.
        yield "signals.hooks", str(problem)
    if own.external_stream is None:
        return
    if not redis:
        yield "signals.external_stream", "is a stream of Redis, which needs redis.url"
    try:
        UUID(own.external_tenant or "")
    except ValueError:
        yield "signals.external_tenant", "must be a tenant's id when signals.external_stream is set"
    if not own.external_symbols:
        yield "signals.external_symbols", "must name the symbols of signals.external_stream"
    try:
        for one in own.external_symbols:
            checked_symbol(one)
    except InvalidValue as problem:
        yield "signals.external_symbols", str(problem)
    try:
        if checked_name(own.external_source, field="source") == PATTERNS:
            yield "signals.external_source", f"must not be {PATTERNS}: it is the pattern engine's"
    except InvalidValue as problem:
        yield "signals.external_source", str(problem)
