"""Keep the words for each event: what is said first, what to do, and how values are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.notifications.message import NotificationType

_T = NotificationType
_LOOK = "If this was not you, change your password and end all sessions now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The words for one event; sentences hold gaps such as {symbol} and {symbol|it}."""

    subject: str
    opening: str
    advice: str = ""
    # What values are called where no sentence holds them, in the order they are listed.
    labels: tuple[tuple[str, str], ...] = ()


_ORDER = (
    ("account", "Account"),
    ("price", "Price"),
    ("filled", "Filled so far"),
    ("remaining", "Still open"),
    ("commission", "Commission"),
    ("order_id", "Order"),
)
_RISK = (
    ("rule", "Rule"),
    ("limit", "Limit"),
    ("value", "Value"),
    ("account", "Account"),
    ("symbol", "Instrument"),
    ("action", "What was done"),
)
_STOP = (
    ("scope", "What is stopped"),
    ("reason", "Reason"),
    ("actor", "By"),
    ("broker", "Broker"),
    ("problem", "What the venue said"),
    ("canceled", "Orders canceled"),
    ("unconfirmed", "Orders not confirmed"),
)
_MARGIN = (
    ("account", "Account"),
    ("buffer", "Buffer"),
    ("excess", "Excess"),
    ("requirement", "Requirement"),
    ("due_at", "Due"),
)
_SUCCESSION = (
    ("state", "State"),
    ("owner", "Owner"),
    ("due_at", "By"),
    ("next", "What follows"),
    ("confirmations", "Confirmations so far"),
    ("needed", "Confirmations needed"),
)
_LOGIN = (("device", "Device"), ("ip", "Address"), ("place", "Place"), ("reasons", "What is odd"))

_CHECK_IN: Final = Event(
    subject="Check in by {due_at|the day given}: are you there?",
    opening="Nothing was heard from you in person since {last_act|some time}. Without a sign of"
    " life the plan of succession goes on, step by step, up to handing over.",
    advice="Open Ballast, or the page linked here, and press its button. Opening the page alone"
    " counts for nothing.",
    labels=_SUCCESSION,
)
_TRUSTEE: Final = Event(
    subject="{owner|An owner who named you trustee} has fallen silent: your confirmation is asked",
    opening="You are a trustee of {owner|this owner}, of whom nothing was heard since"
    " {last_act|some time}. Confirm only what you know by yourself: that they cannot act.",
    advice="Try to reach them first. If you confirm, do it on the page linked here, with its"
    " button. The owner can stop all of this until the release, and for 72 hours after it.",
    labels=_SUCCESSION,
)

_NAMED: Final[Mapping[tuple[NotificationType, str], Event]] = {
    (_T.ORDER_FILLED, "order_filled"): Event(
        subject="Filled: {side|order} {quantity} {symbol|of an instrument} at {price|the market}",
        opening="The order {side|to trade} {quantity} {symbol|of an instrument} was filled at"
        " {price|the market's price}.",
        labels=_ORDER,
    ),
    (_T.ORDER_FILLED, "partially_filled"): Event(
        subject="Partly filled: {side|order} {symbol|of an instrument}, {filled|some} of"
        " {quantity|all}",
        opening="The order {side|to trade} {quantity} {symbol|of an instrument} is filled in part;"
        " the rest stays in the market.",
        labels=_ORDER,
    ),
    (_T.RISK_BREACH, "risk_breach"): Event(
        subject="Risk limit broken: {rule|a rule} {account|}",
        opening="{rule|A rule of risk} is broken: {value|its value} is beyond the limit of"
        " {limit|what is allowed}.",
        advice="Look at the account's exposure, and reduce it or stop trading if you did not"
        " mean it.",
        labels=_RISK,
    ),
    (_T.STRATEGY_ERROR, "strategy_error"): Event(
        subject="Strategy {strategy|without a name} failed",
        opening="The strategy {strategy|without a name} met an error: {error|it said nothing}.",
        advice="It may no longer watch its positions: look at them.",
        labels=(("account", "Account"), ("state", "State")),
    ),
    (_T.POSITION_UPDATE, "position_update"): Event(
        subject="Position: {symbol|an instrument} is now {quantity|changed}",
        opening="The position in {symbol|an instrument} is now {quantity|changed}.",
        labels=(
            ("account", "Account"),
            ("before", "Before"),
            ("average_price", "Average price"),
            ("price", "Price"),
            ("pnl", "Profit or loss"),
        ),
    ),
    (_T.SYSTEM_ALERT, "system_alert"): Event(
        subject="System alert: {problem|look at Ballast}",
        opening="Something is wrong with the installation: {problem|it did not say what}.",
        labels=(("part", "Part"), ("since", "Since")),
    ),
    (_T.SYSTEM_ALERT, "test"): Event(
        subject="Test message from Ballast",
        opening="This is a test, asked for by you: the channel {channel|} works if you read it.",
        advice="There is nothing to do.",
    ),
    (_T.MARGIN, "warning"): Event(
        subject="Margin warning: {account|an account} at {buffer|little} buffer",
        opening="The margin of {account|an account} is getting short: the buffer is"
        " {buffer|little}.",
        advice="Add cash or reduce positions before the account is called or reduced for you.",
        labels=_MARGIN,
    ),
    (_T.MARGIN, "deleverage_began"): Event(
        subject="Positions are being reduced to restore margin",
        opening="The account's buffer is gone: Ballast reduces positions until it is"
        " {target_buffer|restored}.",
        advice="You can watch and stop the plan in Ballast.",
        labels=_MARGIN,
    ),
    (_T.KILL, "activated"): Event(
        subject="Kill switch: {scope|trading} is stopped",
        opening="The kill switch was pulled by {actor|somebody}: {scope|trading} is stopped."
        " Open orders are being canceled; that is confirmed in a message of its own.",
        advice="Until then take orders at the venue as still working.",
        labels=_STOP,
    ),
    (_T.KILL, "confirmed"): Event(
        subject="Kill switch: {scope|the stop} is confirmed by every venue",
        opening="Every venue has confirmed that no order of {scope|what was stopped} works any"
        " more.",
        labels=_STOP,
    ),
    (_T.KILL, "escalated"): Event(
        subject="Kill switch: {scope|the stop} is NOT confirmed at {broker|a venue}",
        opening="The stop of {scope|trading} is not confirmed by {broker|a venue}. Orders may"
        " still be filled there.",
        advice="Cancel by the venue's own page or telephone now, then acknowledge this.",
        labels=_STOP,
    ),
    (_T.SUCCESSION, "check_in_due"): _CHECK_IN,
    (_T.SUCCESSION, "reminded"): _CHECK_IN,
    (_T.SUCCESSION, "trustee_asked"): _TRUSTEE,
    (_T.SECURITY, "address_code"): Event(
        subject="Your code for Ballast: {code}",
        opening="Enter the code {code} in Ballast to have notifications sent to this address."
        " It lasts {minutes|10} minutes.",
        advice="If you asked for nothing, ignore this: without the code nothing is sent here.",
    ),
    (_T.SECURITY, "new_device"): Event(
        subject="Log-in on a new device: {device|unknown}",
        opening="Somebody logged in as you on a device that was not seen before.",
        advice=_LOOK,
        labels=_LOGIN,
    ),
    (_T.SECURITY, "unusual_login"): Event(
        subject="Unusual log-in as you",
        opening="A log-in as you looks unlike the others.",
        advice=_LOOK,
        labels=_LOGIN,
    ),
}
_ALIASES: Final = {
    (_T.MARGIN, "margin_warning"): (_T.MARGIN, "warning"),
    (_T.KILL, "venue_unreachable"): (_T.KILL, "escalated"),
}
EVENTS: Final[Mapping[tuple[NotificationType, str], Event]] = {
    **_NAMED,
    **{alias: _NAMED[meant] for alias, meant in _ALIASES.items()},
}

# What is said of a kind that has no words of its own.
OTHERS: Final[Mapping[NotificationType, Event]] = {
    _T.ORDER_FILLED: Event(
        subject="Order: {kind}", opening="{kind}: {symbol|an order}.", labels=_ORDER
    ),
    _T.RISK_BREACH: Event(
        subject="Risk: {kind}", opening="{kind}. Look at it in Ballast.", labels=_RISK
    ),
    _T.STRATEGY_ERROR: Event(subject="Strategy: {kind}", opening="{kind}: {strategy|a strategy}."),
    _T.POSITION_UPDATE: Event(subject="Position: {kind}", opening="{kind}: {symbol|a position}."),
    _T.SYSTEM_ALERT: Event(subject="System: {kind}", opening="{kind}. Look at it in Ballast."),
    _T.MARGIN: Event(
        subject="Margin: {kind}", opening="{kind}. Look at it in Ballast.", labels=_MARGIN
    ),
    _T.KILL: Event(subject="Kill switch: {kind}", opening="{kind}.", labels=_STOP),
    _T.SUCCESSION: Event(
        subject="Succession: {kind}",
        opening="{kind}. The owner can stop it at any time before the release.",
        labels=_SUCCESSION,
    ),
    _T.SECURITY: Event(subject="Security: {kind}", opening="{kind}.", advice=_LOOK, labels=_LOGIN),
}
