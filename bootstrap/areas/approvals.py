"""Declare approvals: loosenings that wait for a second member, or for a cooling time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from adapters.http.approvals import PATH, approval_routes
from adapters.http.cases import Case
from adapters.http.permissions import AccountPath
from adapters.telemetry.event_logs import when_told
from application.approvals.decide_change import DecideChange
from application.approvals.deps import ApprovalContext, Approvers, ChangeNotFound
from application.approvals.facade import ApprovalUseCases
from application.approvals.propose import ProposeChange
from application.approvals.read_changes import ReadChanges
from application.approvals.sweep_changes import SweepChanges
from application.shared.change import Changes
from bootstrap.area import Area, of_role
from bootstrap.areas.market import Market
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.settings.brokers import BROKER_KINDS, PAPER
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.approvals.change import ApprovalPolicy

_CHANGE = {"change_id": "pending_change"}


def build(
    *, settings: Settings, storage: Storage, changes: Changes, market: Market
) -> ApprovalUseCases:
    """Build the use cases; areas with something to loosen register what applies it."""
    changes = replace(changes, market_now=market.clock.now)
    context = ApprovalContext(
        changes=changes,
        approvers=Approvers(
            policy=ApprovalPolicy(settings.risk.approvals),
            members=storage.members,
            directory=storage.directory,
            live_brokers=frozenset(
                name for name, own in settings.every_broker.items() if BROKER_KINDS.of(own) != PAPER
            ),
        ),
    )
    return ApprovalUseCases(
        context=context,
        proposing=ProposeChange(context=context),
        deciding=DecideChange(context=context),
        reading=ReadChanges(works=storage.works, clock=changes.clock),
    )


def build_sweep(approvals: ApprovalUseCases, storage: Storage, system: System) -> SweepChanges:
    """Build what looks after changes that wait."""
    return SweepChanges(
        context=approvals.context,
        identity=storage.identity,
        credential_status=storage.credential_status,
        sleeper=system.sleeper,
        on_failure=when_told.warning("approvals.change_failed", "change", "problem"),
    )


def _bound(parts: Parts) -> Mapping[str, AccountPath]:
    reading = parts.of(build).reading

    async def account_of(tenant_id: UUID, change_id: Any) -> UUID | None:
        return (await reading.get(tenant_id=tenant_id, change_id=change_id)).account_id

    return {"change_id": AccountPath(account_of=account_of, missing=ChangeNotFound)}


AREA = Area(
    name="approvals",
    sentence="Loosenings that wait for a second member, or for a cooling time.",
    builds={"approvals": build, "approval_sweep": build_sweep},
    routes=lambda parts: (approval_routes(parts.of(build)),),
    bound=_bound,
    cases={
        f"GET {PATH}": Case(),
        f"GET {PATH}/{{change_id}}": Case(ids=_CHANGE),
        f"POST {PATH}/{{change_id}}/approve": Case(
            ids=_CHANGE, body={"note": "looked at"}, consumes=True, action="pending_change.outdated"
        ),
        f"POST {PATH}/{{change_id}}/reject": Case(
            ids=_CHANGE, body={"note": "no"}, consumes=True, action="pending_change.rejected"
        ),
    },
    tasks=(of_role(Role.WATCH, "approvals", lambda parts: parts.of(build_sweep).run),),
)
