"""Build the kill switch: activation first, for everything alarming may call it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog

from adapters.http.kill_switch.cases import CASES
from adapters.http.kill_switch.routes import kill_switch_routes
from adapters.http.permissions import AccountPath
from adapters.telemetry.event_logs import when_told
from application.kill_switch.activate import Activate
from application.kill_switch.check_books import CheckBooks
from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.deps import KillContext
from application.kill_switch.escalate import EscalateVenue
from application.kill_switch.facade import KillSwitchUseCases
from application.kill_switch.finish import FinishKill
from application.kill_switch.finish_releases import FinishReleases
from application.kill_switch.looks import LatchNotFound
from application.kill_switch.release import Release
from application.orders.look_at_venue import AskToLook, LookAtOrder, LookAtVenue
from application.orders.remote_checks import AnswerChecks, AskForChecks
from bootstrap.area import Area, Task, of_role
from bootstrap.areas.accounts import build as build_accounts
from bootstrap.areas.market import Market
from bootstrap.areas.orders import OrderParts
from bootstrap.kill_switch.drills import build_drills
from bootstrap.kill_switch.state import build_state
from bootstrap.kill_switch.stops import StopParts, build_stops
from bootstrap.kill_switch.tasks import STOP_TASKS
from bootstrap.parts import Parts
from bootstrap.processes.roles import Plan, Role, part_of
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from domain.kill_switch.latch import Latch
from ports.broker import Broker
from ports.identity import PasswordHasher

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillParts:
    """The facade, and what finishes activations and releases behind it."""

    facade: KillSwitchUseCases
    finish_at: Mapping[str, FinishKill]
    finish_releases: FinishReleases


def build_activation(
    *,
    storage: Storage,
    market: Market,
    system: System,
    wakeups: Wakeups,
    kill_hasher: PasswordHasher,
) -> Activate:
    """Build what engages a latch."""
    context = KillContext(
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
    return Activate(context=context, passcode=passcode)


def build(
    *,
    activation: Activate,
    storage: Storage,
    orders: OrderParts,
    system: System,
    wakeups: Wakeups,
    observed_brokers: Mapping[str, Broker],
    ask: AskForChecks | None,
    stop_parts: StopParts,
) -> KillParts:
    """Build the facade over orders that can be cancelled and flattened.

    ask: has another process compare the books, where this one does not speak to the broker.
    """
    check = ask or CheckBooks(check=orders.check)
    releasing = Release(
        context=activation.context,
        passcode=activation.passcode,
        directory=storage.directory,
        check_books=check,
        cancel=orders.facade.canceling,
        channel=stop_parts.store.channel,
    )
    facade = KillSwitchUseCases(
        latches=storage.latches,
        passcodes=storage.passcodes,
        activation=activation,
        releasing=releasing,
        checking=activation.passcode,
        stopping_away=stop_parts.away,
    )
    finish_at = {
        name: FinishKill(
            context=activation.context,
            directory=storage.directory,
            cancel=orders.facade.canceling,
            flatten=orders.flatten,
            wakeup=wakeups.kill_at.get(name, wakeups.kill),
            on_failure=_failed,
            mine=_at(name, brokers=observed_brokers),
            escalate=EscalateVenue(
                transactions=storage.identity,
                members=storage.members,
                directory=storage.directory,
                clock=activation.context.clock,
                ids=activation.context.ids,
            ),
        )
        for name in observed_brokers
    }
    # Behind the answer each broker's accounts are compared by whoever speaks to it.
    asking = ask or _asking(storage, system=system, wakeups=wakeups)
    finish_releases = FinishReleases(
        release=replace(releasing, check_books=asking or check),
        sleeper=system.sleeper,
        on_held=when_told.warning("kill_switch.release_held", "latch", "problem"),
    )
    return KillParts(facade=facade, finish_at=finish_at, finish_releases=finish_releases)


def _at(name: str, *, brokers: Iterable[str]) -> Callable[[str], bool]:
    """Return what says whether accounts at a broker are a broker's to work at.

    Those at one that is not set any more are the default one's, so that somebody says so.
    """
    default, *further = brokers
    return (lambda of: of not in further) if name == default else name.__eq__


def build_ask(
    *, storage: Storage, system: System, wakeups: Wakeups, plan: Plan
) -> AskForChecks | None:
    """Build what asks the process that speaks to the broker, unless that is this one."""
    return None if Role.DISPATCH in plan.roles else _asking(storage, system=system, wakeups=wakeups)


def _asking(storage: Storage, *, system: System, wakeups: Wakeups) -> AskForChecks | None:
    if storage.shared is None:
        return None
    return AskForChecks(
        checks=storage.shared.checks,
        ids=system.ids,
        clock=system.clock,
        sleeper=system.sleeper,
        wake=wakeups.after_question,
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
        wake=wakeups.after_question,
    )


def build_answers(
    *,
    storage: Storage,
    orders: OrderParts,
    wakeups: Wakeups,
    observed_brokers: Mapping[str, Broker],
) -> Mapping[str, AnswerChecks]:
    """Build what compares the books at each broker that other processes ask about."""
    if storage.checks is None:
        return {}
    look = LookAtVenue(context=orders.facade.attesting.context)
    return {
        name: AnswerChecks(
            directory=storage.directory,
            checks=storage.checks,
            check=orders.check,
            look=LookAtOrder(archive=storage.archive, look=look),
            wakeup=wakeups.checks_at.get(name, wakeups.checks),
            mine=_at(name, brokers=observed_brokers),
        )
        for name in observed_brokers
    }


def _failed(latch: Latch, problem: Exception) -> None:
    log.error(
        "kill_switch.unfinished",
        latch=str(latch.id),
        account=str(latch.scope.account_id),
        problem=str(problem),
    )


def _subscribe(parts: Parts) -> None:
    """Let nothing leave before the stops of an earlier life, and of others, are stored."""
    if Role.DISPATCH in parts.plan.roles:
        parts.of(build_stops).state.gate.close("stops that were kept are asked for first")


def _bound(parts: Parts) -> Mapping[str, AccountPath]:
    looks = parts.of(build).facade.looks

    async def account_of(tenant_id: UUID, latch_id: Any) -> UUID | None:
        return (await looks.one(tenant_id=tenant_id, latch_id=latch_id)).latch.scope.account_id

    return {"latch_id": AccountPath(account_of=account_of, missing=LatchNotFound)}


def _tasks_of(settings: Settings) -> Iterator[Task]:
    """Give what is finished and compared at each broker, under its own lease."""
    for at, name in enumerate(settings.every_broker):
        yield from _tasks_at(name, further=name if at else None)


def _tasks_at(name: str, *, further: str | None) -> Iterator[Task]:
    yield of_role(
        Role.DISPATCH,
        part_of("kill_finisher", further),
        lambda parts: parts.of(build).finish_at[name],
        broker=further,
    )
    yield of_role(
        Role.DISPATCH,
        part_of("book_checks", further),
        lambda parts: parts.of(build_answers).get(name),
        broker=further,
    )


AREA = Area(
    name="kill_switch",
    sentence="The switch that stops everything: barrier, cancels, flatten, release.",
    builds={
        "stop_state": build_state,
        "drills": build_drills,
        "activation": build_activation,
        "stop_parts": build_stops,
        "ask_to_look": build_ask_to_look,
        "ask": build_ask,
        "answers": build_answers,
        "kill_switch": build,
    },
    routes=lambda parts: (
        kill_switch_routes(
            parts.of(build).facade,
            accounts=parts.of(build_accounts).facade,
            keys=parts.storage.keys,
            drills=parts.of(build_drills),
        ),
    ),
    cases=CASES,
    subscribes=_subscribe,
    tasks=(
        *STOP_TASKS,
        of_role(Role.DISPATCH, "release_finisher", lambda parts: parts.of(build).finish_releases),
    ),
    bound=_bound,
    tasks_of=_tasks_of,
)
