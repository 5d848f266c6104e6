"""Declare succession: what happens when the owner falls silent."""

from dataclasses import replace

from adapters.http.succession.cases import CASES
from adapters.http.succession.letters import LETTER_THINGS, letter_routes
from adapters.http.succession.page import answer_pages
from adapters.http.succession.routes import succession_routes
from adapters.telemetry.event_logs import when_told
from application.kill_switch.activate import Activate
from application.kill_switch.lift import LiftLatches
from application.shared.change import Changes
from application.succession.acts import SuccessionActs
from application.succession.answer_link import SuccessionLinks
from application.succession.context import SuccessionContext
from application.succession.dry_run import DryRun
from application.succession.facade import SuccessionUseCases
from application.succession.keep_letters import KeepLetters
from application.succession.keep_plan import KeepPlan
from application.succession.look import LookAtSuccession
from application.succession.run_clock import DAY_S, TICK_S, RunClock
from application.succession.settle import SettleTrading
from application.succession.step_messages import DeliveredNotices
from bootstrap.area import Area, of_role
from bootstrap.areas.market import Market
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.succession import StepMessages

# Shorter ticks would end later than they last: a plan would take longer than was set.
REHEARSAL_TICK_S = 0.05


def build(
    *,
    changes: Changes,
    storage: Storage,
    system: System,
    market: Market,
    activation: Activate,
) -> SuccessionUseCases:
    """Build the use cases."""
    context = SuccessionContext(
        changes=replace(changes, market_now=market.clock.now), members=storage.members
    )
    settle = SettleTrading(
        context=context,
        halt=activation.halt_by_succession,
        lift=LiftLatches(context=activation.context),
    )
    acts = SuccessionActs(context=context, settle=settle)
    return SuccessionUseCases(
        plans=KeepPlan(context=context, settle=settle, directory=storage.directory),
        acts=acts,
        look=LookAtSuccession(context=context),
        dry_run=DryRun(context=context),
        links=SuccessionLinks(acts=acts, randomness=system.randomness),
    )


def build_letters(succession: SuccessionUseCases) -> KeepLetters:
    """Build what keeps letters."""
    return KeepLetters.over(succession.acts.context)


def build_messages(storage: Storage) -> StepMessages:
    """Build what says whether a step reached anybody."""
    return DeliveredNotices(works=storage.works)


def build_clock(
    *,
    succession: SuccessionUseCases,
    succession_messages: StepMessages,
    storage: Storage,
    system: System,
    settings: Settings,
) -> RunClock:
    """Build the clock."""
    return RunClock(
        context=succession.acts.context,
        settle=succession.acts.settle,
        messages=succession_messages,
        identity=storage.identity,
        sleeper=system.sleeper,
        on_failure=when_told.error("succession.tick_failed", "tenant", "problem"),
        day_s=settings.succession.day_s,
        # In a rehearsal a minute of the plan, too, unless a database could not keep up with it.
        tick_s=max(TICK_S * settings.succession.day_s / DAY_S, REHEARSAL_TICK_S),
    )


AREA = Area(
    name="succession",
    sentence="Who takes over when the owner falls silent, in steps that a living owner can stop.",
    builds={
        "succession": build,
        "letters": build_letters,
        "succession_messages": build_messages,
        "succession_clock": build_clock,
    },
    routes=lambda parts: (
        succession_routes(parts.of(build)),
        *answer_pages(parts.of(build).links),
        letter_routes(parts.of(build_letters)),
    ),
    parameters=frozenset({"link_token", "letter_id"}),
    things=LETTER_THINGS,
    cases=CASES,
    tasks=(
        of_role(
            Role.WATCH,
            "succession",
            lambda parts: parts.of(build_clock).run,
            required=False,
        ),
    ),
)
