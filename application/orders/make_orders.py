"""Turn what was asked for into orders, with their ids and their places in a group."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from application.orders.commands import GroupKind, SubmitOrder
from application.orders.deps import OrderContext
from domain.orders.moves import MoveTimes
from domain.orders.order import GroupLink, Order, Role
from domain.orders.terms import Side
from domain.risk.book_view import BookView
from domain.shared.frozen import builder
from domain.shared.values import ZERO, InvalidValue, plain

_order = builder(Order)

GROUP_MAX = 5
BRACKET_SIZE = 3


def check_group(command: SubmitOrder) -> None:
    """Raise InvalidValue when the orders do not make the group that is asked for."""
    count = len(command.orders)
    if command.group is None:
        if count != 1:
            raise InvalidValue(field="orders", problem="several orders need a group")
        return
    if not 2 <= count <= GROUP_MAX:
        raise InvalidValue(field="orders", problem=f"a group has 2 to {GROUP_MAX} orders")
    first = command.orders[0].terms
    if command.group is GroupKind.BRACKET:
        if count != BRACKET_SIZE:
            raise InvalidValue(
                field="orders", problem="a bracket is an entry, a take-profit and a stop-loss"
            )
        for index, request in enumerate(command.orders[1:], start=1):
            leg = request.terms
            if leg.symbol != first.symbol or leg.side is first.side:
                raise InvalidValue(
                    field=f"orders[{index}].side",
                    problem="an exit trades the entry's symbol the other way",
                )
            if leg.quantity > first.quantity:
                raise InvalidValue(
                    field=f"orders[{index}].quantity", problem="an exit is at most the entry"
                )
        price = first.limit_price or first.stop_price
        found = astray(command, price=price) if price is not None else None
        if found is not None:
            raise InvalidValue(field=found[0], problem=found[1])
    ids = [request.client_order_id for request in command.orders if request.client_order_id]
    if len(set(ids)) != len(ids):
        raise InvalidValue(field="client_order_id", problem="must differ within a group")


def astray(command: SubmitOrder, *, price: Decimal) -> tuple[str, str] | None:
    """Return which exit of a bracket lies on the wrong side of the price, and how."""
    entry, gain, loss = (request.terms for request in command.orders)
    up = 1 if entry.side is Side.BUY else -1
    gain_name = "limit_price" if gain.limit_price is not None else "stop_price"
    for index, name, exit_price, what, way in (
        (1, gain_name, getattr(gain, gain_name), "take-profit", up),
        (2, "stop_price", loss.stop_price, "stop-loss", -up),
    ):
        if exit_price is not None and (exit_price - price) * way < ZERO:
            side = "above" if way > 0 else "below"
            problem = f"a {what} lies {side} the entry's price {plain(price)}"
            return f"orders[{index}].{name}", f"{problem}, not at {plain(exit_price)}"
    return None


_BRACKET = (Role.ENTRY, Role.TAKE_PROFIT, Role.STOP_LOSS)


def make_orders(
    command: SubmitOrder, *, context: OrderContext, when: MoveTimes, view: Callable[[], BookView]
) -> tuple[Order, ...]:
    """Return the orders of a submission, initialized, in the order they were asked for.

    view gives the account's book at the latest marks.
    """
    group_id = context.new_id() if command.group is not None else None
    exits = command.group is GroupKind.OCO and _are_exits(command, view=view())
    made: list[Order] = []
    for index, request in enumerate(command.orders):
        order_id = context.new_id()
        terms = request.terms
        link = None
        waiting = False
        if group_id is not None:
            role = _role(command.group, index)
            parent_id = made[0].id if made and role is not Role.PEER else None
            link = GroupLink(group_id=group_id, role=role, parent_id=parent_id)
            waiting = parent_id is not None
            if exits or role in (Role.TAKE_PROFIT, Role.STOP_LOSS):
                # Two exits of one position: only reduce-only keeps both from filling whole.
                terms = replace(terms, reduce_only=True)
        made.append(
            _order(
                id=order_id,
                tenant_id=command.asker.tenant_id,
                account_id=command.account_id,
                client_order_id=request.client_order_id or f"b-{order_id.hex}",
                terms=terms,
                accepted_at=when.at,
                updated_at=when.at,
                market_at=when.market_at,
                strategy_id=command.strategy_id,
                actor=command.asker.actor,
                link=link,
                waiting=waiting,
            )
        )
    return tuple(made)


def _are_exits(command: SubmitOrder, *, view: BookView) -> bool:
    """Tell whether each order of the group alone would only reduce what is held."""
    first = command.orders[0].terms
    terms = [request.terms for request in command.orders]
    line = view.line(first.symbol)
    if line is None or any((one.symbol, one.side) != (first.symbol, first.side) for one in terms):
        return False
    figures = line.figures
    held, resting = figures.position, figures.sells
    if first.side is Side.BUY:
        held, resting = -held, figures.buys
    largest: Decimal = max(one.quantity for one in terms)
    return resting + largest <= held


def _role(group: GroupKind | None, index: int) -> Role:
    match group:
        case GroupKind.BRACKET:
            return _BRACKET[index]
        case GroupKind.OTO:
            return Role.ENTRY if index == 0 else Role.CHILD
        case _:
            return Role.PEER
