"""Forget what was kept only for a while: answers to keys, ended sessions, spent tickets."""

from adapters.telemetry.metrics import Metrics
from application.streams.forget_spent import ForgetSpent
from bootstrap.area import Area, of_role
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System


def build(settings: Settings, storage: Storage, system: System, metrics: Metrics) -> ForgetSpent:
    """Build what forgets, after as long as is set."""
    return ForgetSpent(
        spent=storage.spent,
        older_than_s=settings.retention.answers_h * 3600.0,
        sleeper=system.sleeper,
        told=metrics.forgotten,
    )


AREA = Area(
    name="retention",
    sentence="Forgetting what is kept for a while only.",
    builds={"forget_spent": build},
    tasks=(of_role(Role.WATCH, "retention", lambda parts: parts.of(build), required=False),),
)
