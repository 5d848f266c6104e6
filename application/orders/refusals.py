"""Put denials and alerts into plain text values, for notices."""

from collections.abc import Iterable

from domain.accounts.book import AccountBook, Channel
from domain.accounts.change import Draft, Halt
from domain.orders.order import Order
from domain.risk.measure import NO_INSTRUMENT
from domain.risk.verdict import BUILT_IN, Denied, Headroom, Reason, Verdict
from domain.shared.texts import id_text
from domain.shared.values import plain, plain_figure

KILL_SWITCH_ON = Reason(
    code="KILL_SWITCH",
    message="the kill switch is on for this account or its tenant",
    rule_type=BUILT_IN,
    rule_name="Kill switch",
    clause="MiFID II RTS 6 article 12",
)


def venue_orders_full(book: AccountBook, *, more: int, most: int | None) -> Reason | None:
    """Return the reason that the venue would not hold so many more orders of the account.

    Every order that is not closed counts, also one that waits or whose fate is not known: each
    may come to rest there.
    """
    if most is None or len(book.orders) + more <= most:
        return None
    return Reason(
        code="VENUE_ORDERS_FULL",
        message=f"the venue holds at most {most} open orders of an account, and"
        f" {len(book.orders)} are open: cancel some first",
        rule_type=BUILT_IN,
        rule_name="The venue's open orders",
    )


def agent_paused(agent: str) -> Reason:
    """Return the reason that a person has paused the agent whose order it is."""
    return Reason(
        code="AGENT_PAUSED",
        message=f"agent {agent} is paused: resume it first",
        rule_type=BUILT_IN,
        rule_name="Paused agent",
        clause="MiFID II RTS 6 article 12",
    )


def reasons_of(verdicts: Iterable[Verdict], *, first: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Return the reasons of all denials among the verdicts, each once, behind the first ones."""
    reasons = list(first)
    for verdict in verdicts:
        if isinstance(verdict, Denied):
            reasons += [reason for reason in verdict.reasons if reason not in reasons]
    return tuple(reasons)


def told_first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons as they are told: an unknown symbol alone, as all else is beside it."""
    found = tuple(reasons)
    return tuple(one for one in found if one.code == NO_INSTRUMENT[1].code) or found


def describe_denial(order: Order, *, reasons: tuple[Reason, ...], halt: str) -> dict[str, str]:
    """List what a reader of the risk stream needs of a denial.

    halt is why a rule asks for a stop, each time that it does: the latch has the first.
    """
    said = {
        "order_id": str(order.id),
        "symbol": order.symbol,
        "side": order.side.value,
        "quantity": plain(order.terms.quantity),
        "codes": ",".join(reason.code for reason in reasons),
        "reasons": "; ".join(reason.message for reason in reasons)[:2000],
    }
    if halt:
        said["halt"] = halt[:500]
    return said


def describe_alert(order: Order, *, warning: Headroom) -> dict[str, str]:
    """List what a reader of the risk stream needs of a limit that is nearly used."""
    said = {
        "order_id": str(order.id),
        "symbol": order.symbol,
        "rule_type": warning.rule_type,
        "rule_name": warning.rule_name,
        "breached": str(warning.breached).lower(),
        "unit": warning.unit,
    }
    for name, figure in (
        ("value", warning.value),
        ("limit", warning.limit),
        ("used", warning.used),
    ):
        if figure is not None:
            said[name] = plain_figure(figure)
    return said


def tell_alerts(draft: Draft, *, warnings: list[Headroom], order: Order) -> None:
    """Tell of limits that are nearly used, in the change that uses them."""
    for warning in warnings:
        draft.tell(
            Channel.RISK,
            type="risk.alert",
            subject=id_text(order.id),
            body=describe_alert(order, warning=warning),
        )


def tell_denial(draft: Draft, *, order: Order, verdict: Denied, type: str) -> None:
    """Tell of a denial in the change that stores it, and halt where a rule asks for it."""
    if verdict.halt:
        draft.halt = Halt(
            latch_id=draft.new_id(), reason=verdict.halt[:500], actor="rule", at=draft.when.at
        )
    body = describe_denial(order, reasons=verdict.reasons, halt=verdict.halt or "")
    draft.tell(Channel.RISK, type=type, subject=str(order.id), body=body)
