"""Put denials and alerts into plain text values, for notices."""

from collections.abc import Iterable

from domain.accounts.book import Channel
from domain.accounts.book_change import Halt
from domain.accounts.change import Draft
from domain.orders.order import Order
from domain.risk.measure import NO_INSTRUMENT
from domain.risk.verdict import Denied, Headroom, Reason, Verdict
from domain.shared.texts import id_text
from domain.shared.values import plain, plain_figure


def reasons_of(verdicts: Iterable[Verdict]) -> tuple[Reason, ...]:
    """Return the reasons of all denials among the verdicts, each once, as they are told.

    An unknown symbol is told alone, as all else is beside it.
    """
    found: list[Reason] = []
    for verdict in verdicts:
        if isinstance(verdict, Denied):
            found += [reason for reason in verdict.reasons if reason not in found]
    return tuple(one for one in found if one.code == NO_INSTRUMENT[1].code) or tuple(found)


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
