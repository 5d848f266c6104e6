"""Name everything that goes over the wire: topics, message types, versions, headers."""

from enum import StrEnum

COMMANDS = "ballast.commands.v1"
DEAD_LETTERS = "ballast.commands.dlq.v1"
REPLIES = "ballast.replies.v1"
# What the monitor measures a topic's latency by, where there is no other traffic.
PROBES = "ballast.probes.v1"

# The shape of a reply; a new version may add optional fields only.
REPLY_VERSION = 1


class CommandType(StrEnum):
    """What can be asked for."""

    ORDER_SUBMIT = "order.submit"
    ORDER_GROUP_SUBMIT = "order_group.submit"
    ORDER_REPLACE = "order.replace"
    ORDER_CANCEL = "order.cancel"
    ORDERS_CANCEL_ALL = "orders.cancel_all"
    KILL_SWITCH_ACTIVATE = "kill_switch.activate"
    RISK_RULE_CREATE = "risk_rule.create"
    RISK_RULE_UPDATE = "risk_rule.update"
    RISK_RULE_DELETE = "risk_rule.delete"
    ACCOUNT_DEPOSIT = "account.deposit"
    PUBLISH_SIGNAL = "publish_signal"
    HEARTBEAT = "heartbeat"


# The latest version of each type's payload; all earlier ones are understood too.
VERSIONS: dict[CommandType, int] = dict.fromkeys(CommandType, 1)


class Outcome(StrEnum):
    """What became of a command."""

    DONE = "done"
    PENDING = "pending"  # it loosens a limit: nothing is changed until somebody approves
    DENIED = "denied"  # the risk gate said no; a denied order is stored
    REFUSED = "refused"  # absent, closed, out of date, too late: nothing was done
    DEAD_LETTERED = "dead_lettered"  # not carried out; the message is in the dead-letter topic


class Reason(StrEnum):
    """Why a message is in the dead-letter topic."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNSIGNED = "unsigned"
    WRONG_TENANT = "wrong_tenant"
    WRONG_ACTOR = "wrong_actor"
    WRONG_ACCOUNT = "wrong_account"
    WRONG_KEY = "wrong_key"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    INVALID = "invalid"
    EXPIRED = "expired"
    TOO_EARLY = "too_early"
    ID_REUSED = "id_reused"
    FAILED = "failed"


# Headers that a dead letter carries beside its original ones.
DLQ = "ballast-dlq-"
DLQ_REASON = f"{DLQ}reason"
DLQ_DETAIL = f"{DLQ}detail"
DLQ_TOPIC = f"{DLQ}topic"
DLQ_PARTITION = f"{DLQ}partition"
DLQ_OFFSET = f"{DLQ}offset"
DLQ_AT = f"{DLQ}at"
DLQ_TRUNCATED = f"{DLQ}truncated"
# On a message that was put back: the dead letter it was.
REPLAYED_FROM = "ballast-replayed-from"
