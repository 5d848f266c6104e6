"""Gather what tests ask of areas behind the API."""

from dataclasses import dataclass

from application.accounts.facade import AccountUseCases
from application.agents.facade import AgentUseCases
from application.identity.access import AccessUseCases
from application.identity.facade import IdentityUseCases
from application.kill_switch.facade import KillSwitchUseCases
from application.orders.facade import OrderUseCases
from application.risk.facade import RiskUseCases
from application.secrets.facade import SecretsUseCases
from application.streams.facade import StreamUseCases
from application.workspaces.keep_workspaces import KeepWorkspaces
from bootstrap.areas import (
    accounts,
    agents,
    identity,
    kill_switch,
    orders,
    risk,
    secrets,
    streams,
    workspaces,
)
from bootstrap.parts import Parts
from ports.idempotency import IdempotencyKeys
from ports.tickets import Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class Facades:
    """What tests call without HTTP."""

    accounts: AccountUseCases
    agents: AgentUseCases
    access: AccessUseCases
    identity: IdentityUseCases
    kill_switch: KillSwitchUseCases
    orders: OrderUseCases
    risk: RiskUseCases
    secrets: SecretsUseCases
    streams: StreamUseCases
    workspaces: KeepWorkspaces
    keys: IdempotencyKeys
    tickets: Tickets


def facades_of(parts: Parts) -> Facades:
    """Return those of the parts."""
    own = parts.of(identity.build)
    return Facades(
        accounts=parts.of(accounts.build).facade,
        agents=parts.of(agents.build).facade,
        access=own.access,
        identity=own.facade,
        kill_switch=parts.of(kill_switch.build).facade,
        orders=parts.of(orders.build).facade,
        risk=parts.of(risk.build).facade,
        secrets=parts.of(secrets.build).facade,
        streams=parts.of(streams.build).facade,
        workspaces=parts.of(workspaces.build),
        keys=parts.storage.keys,
        tickets=parts.sharing.tickets,
    )
