"""Build the audit trail: what records, what seals, what reads."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from adapters.http.audit.cases import CASES
from adapters.http.audit.routes import audit_routes
from adapters.memory.audit import MemoryAnchor
from adapters.security.anchor_file import AnchorFile
from adapters.system.supervisor import Run
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from application.audit.facade import AuditUseCases
from application.audit.record import Recorder
from application.audit.review_entry import ReviewEntry
from application.audit.seal_trail import SealTrail
from bootstrap.area import Area, of_role
from bootstrap.audit.keys import anchor_folder, key_reader
from bootstrap.parts import Parts
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.audit import AnchorTarget
from ports.health import ComponentState

log = structlog.get_logger(__name__)

# The part that /health/ready tells of: whether entries reach the chain, and heads the anchor.
SEALING = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditParts:
    """The facade, and what records by itself."""

    facade: AuditUseCases
    record: Recorder


def build(*, storage: Storage, system: System) -> AuditParts:
    """Build the trail over its storage."""
    return AuditParts(
        facade=AuditUseCases(
            trail=storage.trail,
            users=storage.users,
            review=ReviewEntry(trail=storage.trail, clock=system.clock, ids=system.ids),
        ),
        record=Recorder(trail=storage.trail, clock=system.clock, ids=system.ids),
    )


def build_sealing(
    *,
    settings: Settings,
    storage: Storage,
    system: System,
    jobs: Jobs,
    health: HealthBoard,
    metrics: Metrics,
) -> SealTrail:
    """Build the job that seals, its heads anchored in a folder."""
    read_keys = key_reader(settings)
    anchor: AnchorTarget = (
        MemoryAnchor()
        if settings.profile == "memory"
        else AnchorFile(folder=anchor_folder(settings), read_keys=read_keys)
    )
    return SealTrail(
        sealing=storage.sealing,
        anchors=[anchor],
        read_keys=read_keys,
        clock=system.clock,
        sleeper=system.sleeper,
        fence=jobs.fence(Role.WATCH),
        on_state=_teller(health),
        sealed=metrics.sealed,
    )


def _teller(health: HealthBoard) -> Callable[[str | None], None]:
    last: str | None = None

    def tell(problem: str | None) -> None:
        nonlocal last
        if problem is None:
            health.set(SEALING, ComponentState.UP)
        else:
            health.set(SEALING, ComponentState.DEGRADED, detail=problem)
            if last is None:
                log.warning("audit.not_sealed", problem=problem)
        last = problem

    return tell


def _sealing(parts: Parts) -> Run:
    parts.health.declare(SEALING, required=False)
    return build_sealing(
        settings=parts.settings,
        storage=parts.storage,
        system=parts.system,
        jobs=parts.jobs,
        health=parts.health,
        metrics=parts.metrics,
    )


AREA = Area(
    name="audit",
    sentence="The audit trail: who did what, in a chain of hashes anchored outside the database.",
    builds={"audit": build},
    routes=lambda parts: (audit_routes(parts.of(build).facade, keys=parts.storage.keys),),
    parameters=frozenset({"entry_id"}),
    cases=CASES,
    tasks=(of_role(Role.WATCH, "audit_sealer", _sealing, required=False, tells=(SEALING,)),),
)
