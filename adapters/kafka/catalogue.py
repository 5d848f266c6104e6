"""Say by hand what each type of command carries, where it applies and what carries it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, TypeVar

import msgspec

from adapters.kafka import payloads
from adapters.kafka.call import Call, Came
from adapters.kafka.facades import CommandFacades
from adapters.kafka.handlers import accounts, kill_switch, orders, risk, signals
from adapters.kafka.wire import VERSIONS, CommandType
from domain.identity.access import Permission

P = TypeVar("P", bound=payloads.Payload)


class Reach(Enum):
    """What a command's account must be."""

    ACCOUNT = auto()  # named
    TENANT = auto()  # left out
    EITHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[P]):
    """One type of command."""

    name: CommandType
    # What it takes of the user that its key is bound to, if it is bound to one.
    permission: Permission
    payload: type[P]
    handle: Callable[[CommandFacades, Call, P], Awaitable[Came]]
    reach: Reach = Reach.ACCOUNT
    # Without an account it means each that may be touched, not the tenant as one.
    by_account: bool = False
    # Its effect and its answer are stored apart: note first that it is begun.
    begins: bool = False
    # A paused agent may not ask for it. Orders have their own fence, stored with the order;
    # what stops or takes back may always be asked for.
    needs_running: bool = False

    @property
    def version(self) -> int:
        """The latest version of the payload."""
        return VERSIONS[self.name]

    def read(self, payload: msgspec.Raw) -> P:
        """Read the payload; raises msgspec.DecodeError."""
        return msgspec.json.decode(payload, type=self.payload)


_ALL: tuple[Command[Any], ...] = (
    Command(
        name=CommandType.ORDER_SUBMIT,
        permission=Permission.ORDERS_TRADE,
        payload=payloads.OrderSubmit,
        handle=orders.submit,
    ),
    Command(
        name=CommandType.ORDER_GROUP_SUBMIT,
        permission=Permission.ORDERS_TRADE,
        payload=payloads.OrderGroupSubmit,
        handle=orders.submit,
    ),
    Command(
        name=CommandType.ORDER_REPLACE,
        permission=Permission.ORDERS_TRADE,
        payload=payloads.OrderReplace,
        handle=orders.replace,
    ),
    Command(
        name=CommandType.ORDER_CANCEL,
        permission=Permission.ORDERS_CANCEL,
        payload=payloads.OrderCancel,
        handle=orders.cancel,
    ),
    Command(
        name=CommandType.ORDERS_CANCEL_ALL,
        permission=Permission.ORDERS_CANCEL,
        payload=payloads.OrdersCancelAll,
        handle=orders.cancel_all,
        reach=Reach.EITHER,
        by_account=True,
        begins=True,
    ),
    Command(
        name=CommandType.KILL_SWITCH_ACTIVATE,
        permission=Permission.KILL_ACTIVATE,
        payload=payloads.KillSwitchActivate,
        handle=kill_switch.activate,
        reach=Reach.EITHER,
        begins=True,
    ),
    Command(
        name=CommandType.RISK_RULE_CREATE,
        permission=Permission.RISK_WRITE,
        payload=payloads.RiskRuleCreate,
        handle=risk.create,
        reach=Reach.TENANT,
        needs_running=True,
    ),
    Command(
        name=CommandType.RISK_RULE_UPDATE,
        permission=Permission.RISK_WRITE,
        payload=payloads.RiskRuleUpdate,
        handle=risk.update,
        reach=Reach.TENANT,
        needs_running=True,
    ),
    Command(
        name=CommandType.RISK_RULE_DELETE,
        permission=Permission.RISK_WRITE,
        payload=payloads.RiskRuleDelete,
        handle=risk.delete,
        reach=Reach.TENANT,
        needs_running=True,
    ),
    Command(
        name=CommandType.ACCOUNT_DEPOSIT,
        permission=Permission.ACCOUNTS_WRITE,
        payload=payloads.AccountDeposit,
        handle=accounts.deposit,
        needs_running=True,
    ),
    Command(
        name=CommandType.PUBLISH_SIGNAL,
        permission=Permission.SIGNALS_WRITE,
        payload=payloads.PublishSignal,
        handle=signals.publish,
        reach=Reach.TENANT,
        needs_running=True,
    ),
    Command(
        name=CommandType.HEARTBEAT,
        permission=Permission.STATUS_READ,
        payload=payloads.Heartbeat,
        handle=accounts.heartbeat,
        reach=Reach.EITHER,
    ),
)

COMMANDS: dict[str, Command[Any]] = {one.name.value: one for one in _ALL}
