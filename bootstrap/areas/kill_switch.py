"""Build the kill switch: activation first, for everything alarming may call it."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from adapters.http.kill_switch.routes import kill_switch_routes
from application.kill_switch.activate import Activate
from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.deps import KillDesk
from application.kill_switch.facade import KillSwitchUseCases
from application.kill_switch.finish import FinishKill
from application.kill_switch.release import Release
from application.orders.look_at_venue import AskToLook, LookAtOrder, LookAtVenue
from application.orders.remote_checks import AnswerChecks, AskForChecks
from application.orders.run_reconcile import RunReconcile
from bootstrap.area import Area, of_role
from bootstrap.areas.accounts import build as build_accounts
from bootstrap.areas.market import Market
from bootstrap.areas.orders import OrderParts
from bootstrap.processes.roles import Plan, Role
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from domain.kill_switch.latch import Latch
from ports.accounts import AccountDirectory
from ports.identity import PasswordHasher

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillParts:
    """The facade, and what finishes activations behind it."""

    facade: KillSwitchUseCases
    finish: FinishKill


def build_activation(
    *,
    storage: Storage,
    market: Market,
    system: System,
    wakeups: Wakeups,
    kill_hasher: PasswordHasher,
) -> Activate:
    """Build what engages a latch."""
    desk = KillDesk(
        latches=storage.latches,
        barrier=storage.barrier,
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
        wake=wakeups.after_latch,
    )
    passcode = CheckPasscode(
        passcodes=storage.passcodes, hasher=kill_hasher, clock=system.clock, ids=system.ids
    )
    return Activate(desk=desk, passcode=passcode)


def build(
    *,
    activation: Activate,
    storage: Storage,
    orders: OrderParts,
    wakeups: Wakeups,
    ask: AskForChecks | None,
) -> KillParts:
    """Build the facade over orders that can be cancelled and flattened.

    ask: has another process compare the books, where this one does not speak to the broker.
    """
    check = ask or CheckBooks(directory=storage.directory, reconcile=orders.reconcile)
    releasing = Release(
        desk=activation.desk,
        passcode=activation.passcode,
        check_books=check,
        cancel=orders.facade.canceling,
    )
    facade = KillSwitchUseCases(
        latches=storage.latches,
        passcodes=storage.passcodes,
        activation=activation,
        releasing=releasing,
        checking=activation.passcode,
    )
    finish = FinishKill(
        desk=activation.desk,
        directory=storage.directory,
        cancel=orders.facade.canceling,
        flatten=orders.flatten,
        wakeup=wakeups.kill,
        on_failure=_failed,
    )
    return KillParts(facade=facade, finish=finish)


def build_ask(
    *, storage: Storage, system: System, wakeups: Wakeups, plan: Plan
) -> AskForChecks | None:
    """Build what asks the process that speaks to the broker, unless that is this one."""
    if storage.shared is None or Role.DISPATCH in plan.roles:
        return None
    return AskForChecks(
        directory=storage.directory,
        checks=storage.shared.checks,
        ids=system.ids,
        clock=system.clock,
        sleeper=system.sleeper,
        wake=wakeups.checks.set,
    )


def build_ask_to_look(
    *, storage: Storage, system: System, wakeups: Wakeups, plan: Plan
) -> AskToLook | None:
    """Build what has the process that speaks to the broker look, unless that is this one."""
    if storage.shared is None or Role.DISPATCH in plan.roles:
        return None
    return AskToLook(
        checks=storage.shared.checks,
        ids=system.ids,
        clock=system.clock,
        sleeper=system.sleeper,
        wake=wakeups.checks.set,
    )


def build_answer(*, storage: Storage, orders: OrderParts, wakeups: Wakeups) -> AnswerChecks | None:
    """Build what compares the books that other processes ask about."""
    if storage.shared is None:
        return None
    look = LookAtVenue(desk=orders.facade.attesting.desk)
    return AnswerChecks(
        directory=storage.directory,
        checks=storage.shared.checks,
        check=lambda account: orders.reconcile.check(account=account),
        look=LookAtOrder(archive=storage.archive, look=look),
        wakeup=wakeups.checks,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBooks:
    """Compare the books of a scope with the broker's before it may trade again."""

    directory: AccountDirectory
    reconcile: RunReconcile

    async def __call__(self, tenant_id: UUID, account_id: UUID | None) -> str | None:
        """Return what disagrees, None when nothing does."""
        for account in await self.directory.accounts(tenant_id=tenant_id):
            if account_id in (None, account.id):
                problem = await self.reconcile.check(account=account)
                if problem is not None:
                    return f"account {account.id}: {problem}"
        return None


def _failed(latch: Latch, problem: Exception) -> None:
    log.error(
        "kill_switch.unfinished",
        latch=str(latch.id),
        account=str(latch.scope.account_id),
        problem=str(problem),
    )


AREA = Area(
    name="kill_switch",
    sentence="The switch that stops everything: barrier, cancels, flatten, release.",
    builds={
        "activation": build_activation,
        "ask_to_look": build_ask_to_look,
        "ask": build_ask,
        "answer": build_answer,
        "kill_switch": build,
    },
    routes=lambda parts: (
        kill_switch_routes(
            parts.of(build).facade,
            accounts=parts.of(build_accounts).facade,
            keys=parts.storage.keys,
        ),
    ),
    tasks=(
        of_role(Role.DISPATCH, "kill_finisher", lambda parts: parts.of(build).finish),
        of_role(Role.DISPATCH, "book_checks", lambda parts: parts.of(build_answer)),
    ),
)
