"""Declare signals: what is said of symbols, taken in, kept and handed on."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import structlog

from adapters.http.cases import Case, Thing
from adapters.http.signals.routes import PATH, SHORT, SIGNAL, signal_routes
from adapters.security.hooks import SecretHooks, read_hooks
from application.shared.change import Changes
from application.signals.forget import ForgetSignals
from application.signals.forward import ForwardSignals
from application.signals.publish import PublishSignal, SignalLimits
from application.signals.read import ReadSignals
from application.signals.take_external import ExternalBinding, TakeExternal
from application.streams.relay import Relay
from bootstrap.area import Area, of_role
from bootstrap.areas.market import Market
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.streams.sharing import Sharing
from bootstrap.system import System, Wakeups

log = structlog.get_logger(__name__)

# Under this name the journal knows how far signals were handed on.
READER = "signals"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalParts:
    """The use cases, and what works behind them; external is None where nothing is set."""

    publish: PublishSignal
    read: ReadSignals
    hooks: SecretHooks
    feed: Relay
    forget: ForgetSignals
    external: TakeExternal | None


def build(
    *,
    settings: Settings,
    changes: Changes,
    storage: Storage,
    system: System,
    sharing: Sharing,
    wakeups: Wakeups,
    market: Market,
    jobs: Jobs,
) -> SignalParts:
    """Build the parts; the stream is fed from what was committed, by a cursor of its own."""
    own = settings.signals
    publish = PublishSignal(
        changes=replace(changes, market_now=market.clock.now),
        instruments=market.instruments,
        limits=SignalLimits(age_max_s=own.age_max_s, ttl_s=own.ttl_s),
        wake=wakeups.signals.set,
    )
    return SignalParts(
        publish=publish,
        read=ReadSignals(works=storage.works, archive=storage.signals, clock=system.clock),
        hooks=read_hooks(own.hooks),
        feed=Relay(
            journal=storage.journal,
            stream=ForwardSignals(stream=sharing.signals),
            wakeup=wakeups.signals,
            sleeper=system.sleeper,
            reader=READER,
            # What was said before anybody listened is nobody's news.
            from_now=True,
            fence=jobs.fence(Role.WATCH),
        ),
        forget=ForgetSignals(
            archive=storage.signals,
            kept=timedelta(days=own.kept_days),
            clock=system.clock,
            sleeper=system.sleeper,
            on_failure=lambda problem: log.warning("signals.not_forgotten", problem=str(problem)),
        ),
        external=_external(publish, settings=settings, sharing=sharing, system=system),
    )


def _external(
    publish: PublishSignal, *, settings: Settings, sharing: Sharing, system: System
) -> TakeExternal | None:
    own = settings.signals
    if own.external_stream is None or own.external_tenant is None or sharing.external is None:
        return None
    return TakeExternal(
        entries=sharing.external(own.external_stream),
        binding=ExternalBinding(
            tenant_id=UUID(own.external_tenant),
            source=own.external_source,
            symbols=frozenset(own.external_symbols),
        ),
        publish=publish,
        sleeper=system.sleeper,
        on_refused=lambda place, why: log.warning("signals.refused", place=place, why=why),
        on_away=lambda why: log.warning("signals.external_away", why=why),
    )


AREA = Area(
    name="signals",
    sentence="What is said of symbols: taken in, kept, listed, handed on.",
    builds={"signals": build},
    routes=lambda parts: signal_routes(
        parts.of(build).read, parts.of(build).publish, hooks=parts.of(build).hooks
    ),
    parameters=frozenset({"signal_id", "source"}),
    things={"signal": Thing(made_by=f"POST {PATH}", body=SIGNAL)},
    cases={
        f"GET {PATH}": Case(),
        f"GET {SHORT}": Case(),
        f"POST {PATH}": Case(body=SIGNAL, action="signal.published"),
        f"GET {PATH}/{{signal_id}}": Case(ids={"signal_id": "signal"}),
    },
    tasks=(
        of_role(Role.WATCH, "signal_feed", lambda parts: parts.of(build).feed, required=False),
        of_role(
            Role.WATCH, "signal_retention", lambda parts: parts.of(build).forget, required=False
        ),
        of_role(
            Role.WATCH,
            "external_signals",
            lambda parts: parts.of(build).external,
            required=False,
        ),
    ),
)
