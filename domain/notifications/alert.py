"""Say of what happened whom it concerns, how much, and in which words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from uuid import UUID

from domain.identity.access import Permission
from domain.identity.notice import Priority
from domain.notifications.message import NotificationType
from domain.shared.notices import Notice

Body = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is told of an event; to names what the people concerned may do, on that account.

    key tells its repetitions, empty where it can have none.
    """

    type: NotificationType
    priority: Priority
    subject: str
    text: str
    to: Permission = Permission.IDENTITY_MANAGE
    account_id: UUID | None = None
    key: str = ""
    link: str = "/notifications"


def alert_of(notice: Notice) -> Alert | None:
    """Return what people are told of a committed fact, None where it is nobody's news."""
    made = _ALERTS.get(notice.type)
    return None if made is None else made(notice)


def _filled(notice: Notice) -> Alert | None:
    body = notice.body
    if body.get("state") != "filled":
        return None
    price = body.get("average_price", "")
    at = f" at an average of {price}" if price else ""
    done = "Bought" if body.get("side") == "buy" else "Sold"
    if body.get("side") not in ("buy", "sell"):
        done = "Filled"
    what = f"{body.get('quantity', '')} {body.get('symbol', '')}"
    return Alert(
        type=NotificationType.ORDER_FILLED,
        priority=Priority.LOW,
        subject=f"{done} {what}{at}",
        text=f"{done} {what}{at} in account {_account(notice)}. The order is filled.",
        to=Permission.ORDERS_TRADE,
        account_id=notice.account_id,
    )


def _moved(notice: Notice) -> Alert:
    body = notice.body
    held, symbol = body.get("quantity", "0"), body.get("symbol", notice.subject)
    now = "is closed" if held == "0" else f"is now {held}"
    cost = f", at an average cost of {body['average_cost']}" if "average_cost" in body else ""
    made = body.get("realised_pnl", "0")
    return Alert(
        type=NotificationType.POSITION_UPDATE,
        priority=Priority.LOW,
        subject=f"{symbol} {now}",
        text=(
            f"The position in {symbol} of account {_account(notice)} {now}{cost}."
            f" Realised so far: {made}."
        ),
        to=Permission.ORDERS_TRADE,
        account_id=notice.account_id,
        key=f"position {notice.account_id} {symbol}",
    )


def _breached(notice: Notice) -> Alert:
    body = notice.body
    name = body.get("rule_name", "a limit")
    follows = " Trading is halted for it." if body.get("action") == "HALT" else ""
    return Alert(
        type=NotificationType.RISK_BREACH,
        priority=Priority.URGENT,
        subject=f"Risk limit breached: {name}",
        text=(
            f"{name} is breached in account {_account(notice)}: {body.get('value', '?')} of at"
            f" most {body.get('limit', '?')}.{follows} Look at the account, reduce it, and"
            " acknowledge this message: until then it is told again."
        ),
        to=Permission.ORDERS_TRADE,
        account_id=notice.account_id,
        key=f"breach {notice.account_id} {body.get('rule_id', name)}",
    )


def _near(notice: Notice) -> Alert:
    body = notice.body
    name = body.get("rule_name", "a limit")
    return Alert(
        type=NotificationType.RISK_BREACH,
        priority=Priority.MEDIUM,
        subject=f"Risk limit nearly used: {name}",
        text=(
            f"{name} is nearly used in account {_account(notice)}: {body.get('value', '?')} of at"
            f" most {body.get('limit', '?')}."
        ),
        to=Permission.ORDERS_TRADE,
        account_id=notice.account_id,
        key=f"near {notice.account_id} {body.get('rule_id', name)}",
    )


def _owing(notice: Notice) -> Alert:
    body = notice.body
    cash = f"{body.get('cash', '?')} {body.get('currency', '')}".strip()
    return Alert(
        type=NotificationType.RISK_BREACH,
        priority=Priority.HIGH,
        subject=f"A cash account owes money: {cash}",
        text=f"Account {_account(notice)} is a cash account, and its cash is {cash}.",
        to=Permission.ORDERS_TRADE,
        account_id=notice.account_id,
        key=f"owing {notice.account_id}",
    )


def _behind(notice: Notice) -> Alert:
    body = notice.body
    return Alert(
        type=NotificationType.SYSTEM_ALERT,
        priority=Priority.HIGH,
        subject="Orders wait to be sent",
        text=(
            f"{body.get('orders', '?')} orders of account {_account(notice)} were not sent to the"
            f" broker yet; the oldest has waited {body.get('oldest_s', '?')} seconds."
        ),
        to=Permission.ORDERS_TRADE,
        account_id=notice.account_id,
        key=f"behind {notice.account_id}",
    )


def _stream(notice: Notice) -> Alert:
    body = notice.body
    kind = body.get("kind", "").replace("_", " ")
    return Alert(
        type=NotificationType.SYSTEM_ALERT,
        priority=Priority.HIGH,
        subject=f"Event stream: {kind} of {body.get('subject', notice.subject)}",
        text=(
            f"The {kind} of {body.get('subject', notice.subject)} is {body.get('value', '?')},"
            f" more than {body.get('threshold', '?')}."
        ),
        key=f"stream {notice.subject}",
    )


def _agent(notice: Notice) -> Alert:
    body = notice.body
    name, silent = body.get("agent_id", notice.subject), notice.type.rpartition("_")[2]
    return Alert(
        type=NotificationType.STRATEGY_ERROR,
        priority=Priority.HIGH,
        subject=f"Agent {name} is {silent}",
        text=f"Agent {name} was heard last at {body.get('last_at', '?')} and counts as {silent}.",
        to=Permission.ORDERS_TRADE,
        account_id=_id(body.get("account_id")),
        key=f"agent {name}",
    )


def _failed_strategy(notice: Notice) -> Alert:
    name, why = notice.body.get("name", notice.subject), notice.body.get("problem") or "unknown"
    return replace(
        _agent(notice),
        subject=f"Strategy {name} is stopped by an error",
        text=f"Strategy {name} hears no signals until somebody starts it again: {why}.",
        link="/strategies",
    )


def _failed_order(notice: Notice) -> Alert | None:
    body = notice.body
    strategy = body.get("strategy_id")
    if strategy is None:
        return None
    return Alert(
        type=NotificationType.STRATEGY_ERROR,
        priority=Priority.MEDIUM,
        subject=f"Strategy {strategy}: an order was rejected",
        text=(
            f"The broker rejected an order of strategy {strategy} for {body.get('quantity', '')}"
            f" {body.get('symbol', '')} in account {_account(notice)}:"
            f" {body.get('reason') or 'it gave no reason'}."
        ),
        to=Permission.ORDERS_TRADE,
        account_id=notice.account_id,
        key=f"rejected {notice.account_id} {strategy}",
    )


def _kill(stage: str, *, priority: Priority, text: str) -> Callable[[Notice], Alert | None]:
    def alert(notice: Notice) -> Alert | None:
        body = notice.body
        if body.get("cause") == "drill":
            return None
        scope = _scope(body)
        reason = body.get("repeated") or body.get("reason") or "no reason was given"
        return Alert(
            type=NotificationType.KILL,
            priority=priority,
            subject=f"Kill switch {stage}: {scope}",
            text=text.format(
                scope=scope,
                reason=reason,
                actor=body.get("actor", "?"),
                level=body.get("level", "halted").upper(),
                orders=body.get("orders_cancelled", "0"),
            ),
            to=Permission.KILL_ACTIVATE,
            account_id=_id(body.get("account_id")),
        )

    return alert


def _scope(body: Body) -> str:
    kind = body.get("scope", "tenant")
    named = body.get("account_id") or body.get("strategy_id") or body.get("broker")
    named = named or body.get("symbol")
    if kind == "firm":
        return "everything of the firm"
    if named is None:
        return "all trading"
    return f"{kind} {named}"


def _account(notice: Notice) -> str:
    return str(notice.account_id)


def _id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    # Better told without its account than not at all.
    except ValueError:
        return None


_ALERTS: Mapping[str, Callable[[Notice], Alert | None]] = MappingProxyType(
    {
        "order.filled": _filled,
        "order.rejected": _failed_order,
        "position.changed": _moved,
        "risk.limit_breached": _breached,
        "risk.limit_near": _near,
        "risk.cash_below_zero": _owing,
        "dispatch.behind": _behind,
        "stream.alarm_raised": _stream,
        "strategy.failed": _failed_strategy,
        "agent.became_late": _agent,
        "agent.became_dead": _agent,
        "kill_switch.engaged": _kill(
            "activated",
            priority=Priority.URGENT,
            text=(
                "{actor} stopped {scope} ({level}): {reason}. Open orders are being cancelled."
                " Acknowledge this message: until then it is told again."
            ),
        ),
        "kill_switch.repeated": _kill(
            "called for again",
            priority=Priority.HIGH,
            text="{scope} stays stopped ({level}), and what stopped it came again: {reason}.",
        ),
        "kill_switch.canceled": _kill(
            "confirmed",
            priority=Priority.HIGH,
            text=(
                "No order of {scope} rests at a broker any more; {orders} cancels were asked for."
                " It stays stopped ({level}): {reason}."
            ),
        ),
        "kill_switch.flat": _kill(
            "confirmed flat",
            priority=Priority.HIGH,
            text="All positions of {scope} are closed. It stays stopped ({level}): {reason}.",
        ),
        "kill_switch.reducing": _kill(
            "let down",
            priority=Priority.HIGH,
            text="{scope} may reduce positions again, and open none.",
        ),
        "kill_switch.released": _kill(
            "released", priority=Priority.HIGH, text="{scope} may trade again."
        ),
    }
)
