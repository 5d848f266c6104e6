"""Say by hand what each type of command carries, where it applies and what carries it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, TypeVar

import msgspec

from adapters.kafka import payloads
from adapters.kafka.call import Call, Came
from adapters.kafka.facades import CommandFacades
from adapters.kafka.handlers import accounts, kill_switch, orders, risk
from adapters.kafka.wire import VERSIONS, CommandType

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
    payload: type[P]
    handle: Callable[[CommandFacades, Call, P], Awaitable[Came]]
    reach: Reach = Reach.ACCOUNT
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
    Command(name=CommandType.ORDER_SUBMIT, payload=payloads.OrderSubmit, handle=orders.submit),
    Command(
        name=CommandType.ORDER_GROUP_SUBMIT,
        payload=payloads.OrderGroupSubmit,
        handle=orders.submit,
    ),
    Command(name=CommandType.ORDER_REPLACE, payload=payloads.OrderReplace, handle=orders.replace),
    Command(name=CommandType.ORDER_CANCEL, payload=payloads.OrderCancel, handle=orders.cancel),
    Command(
        name=CommandType.ORDERS_CANCEL_ALL,
        payload=payloads.OrdersCancelAll,
        handle=orders.cancel_all,
        reach=Reach.EITHER,
        begins=True,
    ),
    Command(
        name=CommandType.KILL_SWITCH_ACTIVATE,
        payload=payloads.KillSwitchActivate,
        handle=kill_switch.activate,
        reach=Reach.EITHER,
        begins=True,
    ),
    Command(
        name=CommandType.RISK_RULE_CREATE,
        payload=payloads.RiskRuleCreate,
        handle=risk.create,
        reach=Reach.TENANT,
        needs_running=True,
    ),
    Command(
        name=CommandType.RISK_RULE_UPDATE,
        payload=payloads.RiskRuleUpdate,
        handle=risk.update,
        reach=Reach.TENANT,
        needs_running=True,
    ),
    Command(
        name=CommandType.RISK_RULE_DELETE,
        payload=payloads.RiskRuleDelete,
        handle=risk.delete,
        reach=Reach.TENANT,
        needs_running=True,
    ),
    Command(
        name=CommandType.ACCOUNT_DEPOSIT,
        payload=payloads.AccountDeposit,
        handle=accounts.deposit,
        needs_running=True,
    ),
    Command(
        name=CommandType.HEARTBEAT,
        payload=payloads.Heartbeat,
        handle=accounts.heartbeat,
        reach=Reach.EITHER,
    ),
)

COMMANDS: dict[str, Command[Any]] = {one.name.value: one for one in _ALL}
