"""List the settings of brokers: the paper broker, and more of them by name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapters.brokers.paper.credentials import UnusableCredentials, read_issued
from adapters.brokers.paper.settings import NAME as VENUE_NAME
from adapters.settings.declared import BrokerKinds
from adapters.settings.field import Rule, setting

# The broker that is always there, with the settings of its own section.
PAPER = VENUE_NAME
_FAULT_SETTINGS = ("latency_ms", "lost_requests", "lost_replies", "delayed_visibility_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSettings:
    """The paper broker: how it fills, what it charges, and how it misbehaves."""

    participation: Decimal = setting(
        Decimal("0.1"), "The share of the market's volume that fills can take.", low=0.0001, high=1
    )
    slippage_ticks: Decimal = setting(
        Decimal(0), "Ticks that a taker pays beyond the price.", low=0, high=1_000
    )
    commission_per_share: Decimal = setting(
        Decimal(0), "Commission per unit, in the instrument's currency.", low=0, high=1_000
    )
    commission_minimum: Decimal = setting(
        Decimal(0), "Least commission per order.", low=0, high=1_000
    )
    dedup: str = setting(
        "full",
        "What the broker does with a client order id it has seen.",
        choices=("none", "open_only", "full"),
    )
    settle_horizon_s: float = setting(
        5.0, "Seconds after which a sent order must be visible.", low=0, high=600
    )
    open_orders_max: int = setting(
        1_000,
        "Open orders of one account that the venue holds; one more is denied. Of a venue in"
        " another process, what that one holds.",
        low=1,
        high=100_000,
    )
    # A round trip takes up to three times as much: below the 12 s that an answer is waited for.
    latency_ms: float = setting(0.0, "Mean time of a request, one way.", low=0, high=3_000)
    lost_requests: float = setting(0.0, "Share of requests that never arrive.", low=0, high=1)
    lost_replies: float = setting(0.0, "Share of replies that never come back.", low=0, high=1)
    delayed_visibility_s: float = setting(
        0.0, "Longest time until a new order can be found.", low=0, high=600
    )
    url: str | None = setting(
        None, "A paper venue in another process, such as http://127.0.0.1:8100."
    )
    credentials: str | None = setting(None, "API keys it knows, as JSON.", secret=True)
    rebuild: bool = setting(
        False,
        "Where the journal of the venue in the data folder is lost: begin a new one with the"
        " positions and open orders of the books, instead of not starting.",
    )
    sends_per_s: float | None = setting(
        None, "Where it is elsewhere: in place of dispatch.sends_per_s.", low=0.1, high=100_000
    )
    reads_per_s: float | None = setting(
        None, "Where it is elsewhere: in place of dispatch.reads_per_s.", low=0.1, high=100_000
    )


# What a broker can be set to be; the settings of each kind are those of its adapter.
BrokerSettings = PaperSettings
KINDS: Mapping[str, type[BrokerSettings]] = {PAPER: PaperSettings}
BROKER_KINDS = BrokerKinds(
    always=PAPER,
    name=re.compile(r"[a-z][a-z0-9]{0,23}"),
    name_wanted="must be called by 1 to 24 lower-case letters and digits, a letter first",
    kind=Rule(doc="What it is: the adapter that speaks to it.", choices=tuple(KINDS)),
    settings=KINDS,
)


def brokers_of(
    paper: PaperSettings, named: Mapping[str, BrokerSettings]
) -> dict[str, BrokerSettings]:
    """Return every broker's settings by its name, first the one that needs none."""
    return {PAPER: paper, **named}


def section_of(name: str) -> str:
    """Return the section in which a broker is set."""
    return PAPER if name == PAPER else f"brokers.{name}"


def broker_faults(brokers: Mapping[str, BrokerSettings]) -> Iterator[tuple[str, str]]:
    """Yield what of them cannot hold together, by its key."""
    venues: dict[str, str] = {}
    for name, settings in brokers.items():
        section = section_of(name)
        for key, problem in _paper_faults(settings):
            yield f"{section}.{key}", problem
        if settings.url is not None:
            other = venues.setdefault(settings.url.lower().rstrip("/"), section)
            if other != section:
                # Each would take the other's reports for its own.
                yield f"{section}.url", f"is the venue of [{other}] already"


def _paper_faults(paper: PaperSettings) -> Iterator[tuple[str, str]]:
    try:
        read_issued(paper.credentials)
    except UnusableCredentials as problem:
        # It names the key by its number, and repeats no secret.
        yield "credentials", str(problem)
    if paper.url is None:
        return
    if paper.credentials is not None:
        yield "credentials", "is for the paper broker in this process: issue them at its url"
    for name in _FAULT_SETTINGS:
        if getattr(paper, name):
            yield (
                name,
                "is for the paper broker in this process, but its url names another: set it there",
            )
