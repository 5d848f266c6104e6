"""Say what the venue's server and client send each other."""

from decimal import Decimal
from typing import Literal

import msgspec

from domain.market.prices import (
    Quote,
    ReplayBegan,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
)
from domain.orders.terms import OrderTerms
from domain.secrets.api_key import Environment, KeyPermission
from ports.broker import DeadMan, Dedup, Report, UnreadableReport, VenueOrder, VenuePosition

BODY_BYTES_MAX = 1024 * 1024
REPORTS_PER_PAGE = 500
WAIT_S_MAX = 30.0


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /v1/orders and /v1/orders/replace."""

    account_id: str
    client_order_id: str
    terms: OrderTerms
    # The worst price that an order which names none may fill at.
    protective_limit: Decimal | None = None


class OrderQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /v1/orders/cancel and /v1/orders/find."""

    account_id: str
    client_order_id: str


class CancelAll(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /v1/orders/cancel-all: every open order of the accounts, or those in a symbol."""

    account_ids: list[str]
    symbol: str | None = None


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /v1/orders/open and /v1/positions."""

    account_id: str


class KeepAlive(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /v1/dead-man: cancel the account's orders unless this comes again in time; 0 is off."""

    account_id: str
    within_s: float
    keep_reducing: bool


class After(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /v1/reports: those behind a sequence, waiting for the first if need be."""

    after: int
    wait_s: float = 0.0


class Events(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /admin/market: market events, worked in this order of kinds."""

    began: list[ReplayBegan] = []
    splits: list[SplitEffective] = []
    opened: list[SessionOpened] = []
    quotes: list[Quote] = []
    trades: list[TradedVolume] = []
    closed: list[SessionClosed] = []


class Answer(msgspec.Struct, frozen=True):
    """What the venue said to a submit, cancel or replace."""

    result: Literal["acknowledged", "refused"]
    venue_order_id: str = ""
    reason: str = ""


class Found(msgspec.Struct, frozen=True):
    """The order that was asked for, or none."""

    order: VenueOrder | None


class Orders(msgspec.Struct, frozen=True):
    """Open orders of an account."""

    orders: list[VenueOrder]


class Positions(msgspec.Struct, frozen=True):
    """Positions of an account."""

    positions: list[VenuePosition]


class RawReports(msgspec.Struct, frozen=True):
    """Reports behind a sequence, each to be read by itself."""

    reports: list[msgspec.Raw]


class ReportNumber(msgspec.Struct, frozen=True):
    """What must be readable of a report that is not."""

    sequence: int
    account_id: str


class Reports(msgspec.Struct, frozen=True):
    """A page of reports; empty when none came in time."""

    reports: list[Report]


class Traits(msgspec.Struct, frozen=True):
    """What may be relied on."""

    name: str
    dedup: Dedup
    settle_horizon_s: float
    native_reduce_only: bool
    open_orders_max: int | None = None
    protective_limits: bool = False
    dead_man: DeadMan | None = None
    cancel_all: bool = False
    # Whether it keeps to the hours and prices that it is told, and has none of its own.
    takes_market: bool = False
    # Why it can take nothing in now, empty while it can.
    problem: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """One submit that reached the server, duplicates and refused ones included."""

    number: int
    account_id: str
    client_order_id: str
    outcome: str


class Dump(msgspec.Struct, frozen=True):
    """The venue's complete book: every order it keeps and every submit since its start."""

    orders: list[VenueOrder]
    arrivals: list[Arrival]


class KeyQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /v1/credentials: an API key, to be told what it may do."""

    key: str
    secret: str
    passphrase: str | None = None

    def __repr__(self) -> str:
        return "Shown()"


class KeyAnswer(msgspec.Struct, frozen=True):
    """What the venue says of an API key; refused says why it is not taken, empty if it is."""

    refused: str
    environment: Environment = Environment.PAPER
    permissions: list[KeyPermission] = []


class Issue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """POST /admin/credentials: give a key out with these permissions; with none, take it back."""

    key: str
    secret: str
    passphrase: str | None = None
    permissions: list[KeyPermission] = []

    def __repr__(self) -> str:
        return "Issue()"


class Problem(msgspec.Struct, frozen=True):
    """Why a request was not served."""

    error: str


def report_of(raw: bytes | msgspec.Raw) -> Report | UnreadableReport:
    """Read one report; raises MsgspecError where not even its number and account are told."""
    try:
        return msgspec.json.decode(raw, type=Report)
    # What the domain refuses is told like a wrong type.
    except msgspec.MsgspecError as error:
        told = msgspec.json.decode(raw, type=ReportNumber)
        return UnreadableReport(
            sequence=told.sequence, account_id=told.account_id, problem=str(error)
        )


def problem_of(content: bytes) -> str:
    """Return what an answer says went wrong."""
    try:
        return msgspec.json.decode(content, type=Problem).error
    except msgspec.MsgspecError:
        return "no reason given"
