"""Name what commands are carried out by."""

from dataclasses import dataclass

from application.accounts.facade import AccountUseCases
from application.agents.facade import AgentUseCases
from application.identity.record_refusal import RecordRefusal
from application.identity.rights import Rights
from application.kill_switch.facade import KillSwitchUseCases
from application.orders.facade import OrderUseCases
from application.risk.facade import RiskUseCases
from application.signals.publish import PublishSignal
from ports.command_keys import ProducerStatus
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFacades:
    """One facade per area that takes commands."""

    orders: OrderUseCases
    accounts: AccountUseCases
    risk: RiskUseCases
    kill_switch: KillSwitchUseCases
    agents: AgentUseCases
    signals: PublishSignal
    rights: Rights
    refusing: RecordRefusal
    # Whether those who sign may still send.
    producers: ProducerStatus
    clock: Clock
