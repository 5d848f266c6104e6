"""Say what a report without a fill moves an order to."""

from application.orders.take_split import restate_told
from domain.orders.events import OrderEventType
from domain.orders.moves import Move, MoveTimes, acknowledge, confirm_replace, fail_request, move
from domain.orders.order import Order
from domain.orders.states import OrderState, is_legal
from ports.broker import Report, ReportKind


def moves_of(order: Order, *, report: Report, when: MoveTimes) -> tuple[Move, ...] | None:
    """Return the moves that a report without a fill means for the order; None for none."""
    state = order.state
    venue_id = report.venue_order_id
    match report.kind:
        # That the venue works the order is no word on a replace that is in doubt.
        case ReportKind.WORKING if order.is_unsure and order.pending_terms is None:
            return (acknowledge(order, venue_order_id=venue_id, when=when),)
        case ReportKind.TRIGGERED if (
            not order.filled_quantity and state is not OrderState.TRIGGERED and not _is_asked(order)
        ):
            return _if_legal(order, OrderState.TRIGGERED, OrderEventType.TRIGGERED, report, when)
        case ReportKind.CANCELED:
            return _if_legal(order, OrderState.CANCELED, OrderEventType.CANCELED, report, when)
        case ReportKind.EXPIRED:
            return _if_legal(order, OrderState.EXPIRED, OrderEventType.EXPIRED, report, when)
        case ReportKind.REJECTED if not order.filled_quantity:
            return _if_legal(order, OrderState.REJECTED, OrderEventType.REJECTED, report, when)
        case ReportKind.REPLACED if _tells_new_terms(report, order=order):
            assert report.terms is not None
            if report.split is not None:
                return (restate_told(order, report=report, when=when),)
            return (confirm_replace(order, terms=report.terms, when=when),)
        case ReportKind.REPLACED if state is OrderState.PENDING_UPDATE:
            return (confirm_replace(order, terms=order.terms, when=when),)
        case ReportKind.CANCEL_REFUSED if state is OrderState.PENDING_CANCEL:
            return (fail_request(order, reason=report.reason, when=when),)
        case ReportKind.REPLACE_REFUSED if (
            state is OrderState.PENDING_UPDATE or order.has_parked_replace
        ):
            return (fail_request(order, reason=report.reason, when=when),)
        case _:
            return None


def _is_asked(order: Order) -> bool:
    asked = order.state in (OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE)
    return asked or order.has_parked_replace


def _tells_new_terms(report: Report, *, order: Order) -> bool:
    if order.is_closed or order.state is OrderState.ACCEPTED:
        return False
    return report.terms is not None and report.terms != order.terms


def _if_legal(
    order: Order, to: OrderState, type: OrderEventType, report: Report, when: MoveTimes
) -> tuple[Move, ...] | None:
    """Move when the table allows; a repeated or overtaken report changes nothing."""
    if order.is_closed or not is_legal(order.state, to):
        return None
    return (move(order, to=to, type=type, when=when, reason=report.reason),)
