"""Say which order states exist and which moves between them are legal, as data."""

from collections.abc import Mapping
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands. Denied is our gate's word, rejected is the venue's."""

    INITIALIZED = "initialized"
    DENIED = "denied"
    ACCEPTED = "accepted"  # ours: durable and passed by the gate, not sent yet
    SUBMITTED = "submitted"  # intent committed; the send may or may not have happened
    WORKING = "working"  # the venue has it
    REJECTED = "rejected"
    CANCELED = "canceled"
    EXPIRED = "expired"
    TRIGGERED = "triggered"
    PENDING_UPDATE = "pending_update"
    PENDING_CANCEL = "pending_cancel"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    # The send was ambiguous: read back, and sent again only where the venue can tell.
    UNKNOWN = "unknown"
    # The send, or a replace, is still unknown after the settle horizon: a person must look.
    PARKED = "parked"


_S = OrderState

# What the venue may do to an order that it holds, in whatever order its reports arrive.
_AT_VENUE = frozenset(
    {_S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELED, _S.EXPIRED, _S.REJECTED, _S.TRIGGERED}
)
_ASKED = frozenset({_S.PENDING_UPDATE, _S.PENDING_CANCEL})

TRANSITIONS: Mapping[OrderState, frozenset[OrderState]] = {
    # External orders are found at the venue and enter in whatever state it reports.
    _S.INITIALIZED: frozenset({_S.DENIED, _S.ACCEPTED, _S.WORKING}) | _AT_VENUE,
    _S.DENIED: frozenset(),
    # Not sent yet: a cancel or a lapse is ours alone and final at once.
    _S.ACCEPTED: frozenset({_S.SUBMITTED, _S.CANCELED, _S.EXPIRED, _S.REJECTED}),
    # submitted -> filled: the fill can overtake the acknowledgement.
    _S.SUBMITTED: _AT_VENUE | _ASKED | {_S.WORKING, _S.UNKNOWN},
    # working -> rejected: some venues accept first and refuse after.
    _S.WORKING: _AT_VENUE | _ASKED | {_S.WORKING, _S.UNKNOWN},
    _S.TRIGGERED: _AT_VENUE | _ASKED | {_S.UNKNOWN},
    _S.PARTIALLY_FILLED: _AT_VENUE | _ASKED | {_S.UNKNOWN},
    # pending_* -> working / triggered / partially_filled: the request failed, back to before.
    # pending_update -> parked: no word on the replace within the settle horizon.
    _S.PENDING_UPDATE: _AT_VENUE | _ASKED | {_S.WORKING, _S.UNKNOWN, _S.PARKED},
    _S.PENDING_CANCEL: _AT_VENUE | _ASKED | {_S.WORKING, _S.UNKNOWN},
    # canceled / expired -> filled: a late fill, executed before the cancel took effect.
    _S.CANCELED: frozenset({_S.PARTIALLY_FILLED, _S.FILLED}),
    _S.EXPIRED: frozenset({_S.PARTIALLY_FILLED, _S.FILLED}),
    # rejected -> filled does not exist: a proven refusal holds; a fill then is an alarm.
    _S.REJECTED: frozenset(),
    # filled -> filled: an overfill is recorded and alarms.
    _S.FILLED: frozenset({_S.FILLED}),
    # unknown resolves to whatever the venue turns out to hold, or parks at the horizon.
    # unknown -> submitted: sent again, to a venue that refuses a known id for ever.
    _S.UNKNOWN: _AT_VENUE | _ASKED | {_S.WORKING, _S.SUBMITTED, _S.PARKED},
    # parked -> canceled: a person attests that the venue never had it. -> pending_cancel: it
    # is found after all, and a cancel was wanted meanwhile. -> parked: it fills in part while
    # the fate of its replace is unknown.
    _S.PARKED: _AT_VENUE | {_S.WORKING, _S.PENDING_CANCEL, _S.PARKED},
}

CLOSED = frozenset({_S.DENIED, _S.REJECTED, _S.CANCELED, _S.EXPIRED, _S.FILLED})
UNSURE = frozenset({_S.SUBMITTED, _S.UNKNOWN, _S.PARKED})
AT_VENUE = frozenset(
    {_S.WORKING, _S.TRIGGERED, _S.PARTIALLY_FILLED, _S.PENDING_UPDATE, _S.PENDING_CANCEL}
)


class IllegalTransition(Exception):
    """A move that the order table does not allow: corrupt input, the work stops."""

    def __init__(self, *, before: OrderState, after: OrderState, order: str) -> None:
        super().__init__(f"order {order}: {before} -> {after} is not a legal move")
        self.before = before
        self.after = after


def is_legal(before: OrderState, after: OrderState) -> bool:
    """Tell whether the table allows the move."""
    return after in TRANSITIONS[before]
