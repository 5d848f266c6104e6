"""Draw from a seed what kind of a world it is: its size, its shape and its faults."""

import random
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from adapters.brokers.paper.faults import FaultSettings
from domain.accounts.account import AccountKind
from ports.broker import Dedup
from tests.simulation.silence import Silence, draw_silence
from tests.simulation.virtual_time.network import WireFaults

# The venue promises that what arrived is visible within this; late requests may break it.
SETTLE_HORIZON_S = 3.0
_IN_TIME_S = (0.2, 0.85 * SETTLE_HORIZON_S)
# Some venues tell of an order only after it was parked.
_TOO_LATE_S = (1.2 * SETTLE_HORIZON_S, 2.5 * SETTLE_HORIZON_S)


class Topology(StrEnum):
    """Which processes share the work."""

    ONE = "one"  # a single process does everything
    SPLIT = "split"  # one takes requests, another dispatches, follows, relays, reconciles
    WIDE = "wide"  # two take requests, a third does the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One world. Rates are per step of the whole run unless they say otherwise."""

    topology: Topology
    dedup: Dedup
    kinds: tuple[AccountKind, ...]
    clients: int
    operations: int
    # The share of clients' operations that are kills.
    kills: float
    # How often one more client kills and releases while the others trade.
    drills: int
    position_limit: Decimal
    # Percent of opening equity that halts the account when lost; None is no such rule.
    halting_loss: Decimal | None
    sessions: int
    splits: bool
    # The share of storage calls that fail, before or behind their effect.
    storage_failure: float
    # The share of storage calls that take a while; the others take no time at all.
    storage_slow: float
    to_api: WireFaults
    to_venue: WireFaults
    reports: FaultSettings
    crash: float
    crashes: int
    pause: float
    pauses: int
    delay: float
    delays: int
    venue_outages: int
    # The bound of what may wait to be sent, and how many open orders the venue holds.
    backlog_s: float
    open_orders_max: int
    # How often the market says nothing for longer than its beat.
    silences: int
    # What each account begins with: little is soon all spent.
    money: Decimal
    # Whether prices jump over nights, far beyond what anybody has set aside.
    gaps: bool
    # How the owner falls silent, None where nobody has a plan of succession.
    silence: Silence | None


def draw_plan(source: random.Random) -> Plan:
    """Draw a plan. Each kind of fault is absent from about half of all worlds.

    Leaving some out finds more than having all of them always (swarm testing, Groce et
    al., ISSTA 2012): one fault often hides what another would have uncovered.
    """
    chance = _Chance(source)
    clients = source.choice((1, 2, 2, 3))
    return Plan(
        topology=source.choice((Topology.ONE, Topology.SPLIT, Topology.SPLIT, Topology.WIDE)),
        dedup=source.choice((Dedup.NONE, Dedup.NONE, Dedup.OPEN_ONLY, Dedup.FULL)),
        kinds=source.choice(
            (
                (AccountKind.MARGIN,),
                (AccountKind.CASH,),
                (AccountKind.MARGIN, AccountKind.CASH),
            )
        ),
        clients=clients,
        operations=source.randint(3, 12),
        kills=chance.rate(0.04, 0.12),
        drills=source.choice((0, 0, 2, 5)),
        position_limit=Decimal(source.choice((40, 80, 150))),
        halting_loss=Decimal("0.5") if source.random() < 0.15 else None,
        sessions=source.choice((1, 1, 2, 3)),
        splits=source.random() < 0.25,
        storage_failure=chance.rate(0.002, 0.02),
        storage_slow=chance.rate(0.05, 0.4),
        to_api=WireFaults(
            refuse=chance.rate(0.01, 0.1),
            lose_request=chance.rate(0.02, 0.15),
            lose_reply=chance.rate(0.02, 0.2),
            duplicate=chance.rate(0.02, 0.2),
            reorder=chance.rate(0.02, 0.2),
        ),
        to_venue=WireFaults(
            refuse=chance.rate(0.01, 0.1),
            lose_request=chance.rate(0.02, 0.15),
            lose_reply=chance.rate(0.02, 0.2),
            duplicate=chance.rate(0.02, 0.2),
            reorder=chance.rate(0.02, 0.2),
        ),
        reports=FaultSettings(
            hidden=chance.rate(0.2, 0.8),
            hidden_s=source.uniform(*source.choice((_IN_TIME_S, _TOO_LATE_S))),
            rejection=chance.rate(0.02, 0.1),
            duplicate_report=chance.rate(0.05, 0.4),
            reordered_report=chance.rate(0.1, 0.6),
        ),
        crash=chance.rate(0.001, 0.01),
        crashes=source.randint(1, 4),
        pause=chance.rate(0.0005, 0.005),
        pauses=source.randint(1, 3),
        delay=chance.rate(0.001, 0.01),
        delays=source.randint(1, 8),
        venue_outages=source.choice((0, 0, 1)),
        backlog_s=source.choice((5.0, 5.0, 0.5)),
        open_orders_max=source.choice((1_000, 1_000, 1_000, 2)),
        silences=source.choice((0, 0, 1, 2)),
        money=Decimal(source.choice((1_500, 12_000))),
        gaps=source.random() < 0.5,
        silence=draw_silence(source),
    )


@dataclass(frozen=True, slots=True)
class _Chance:
    source: random.Random

    def rate(self, low: float, high: float) -> float:
        """Return 0 in half of all draws, else a rate between low and high."""
        struck = self.source.random() < 0.5
        drawn = self.source.uniform(low, high)
        return drawn if struck else 0.0
