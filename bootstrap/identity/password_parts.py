"""Build what every change of users needs, and how people get a password."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from adapters.memory.streams import MemoryWakeup
from application.identity.deps import IdentityDeps
from application.identity.invitations import Invitations
from application.identity.passwords import PasswordPolicy, Passwords
from application.identity.roles import MemberRoles
from application.identity.throttle import LoginThrottle
from bootstrap.settings.identity import IdentitySettings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.identity.session import SessionLimits
from ports.identity import PasswordHasher
from ports.streams import Wakeup


def build_deps(
    *, settings: IdentitySettings, storage: Storage, system: System, told: Wakeup | None = None
) -> IdentityDeps:
    """Build what every change of users and sessions needs."""
    return IdentityDeps(
        transactions=storage.identity,
        clock=system.clock,
        ids=system.ids,
        randomness=system.randomness,
        told=told or MemoryWakeup(),
        limits=SessionLimits(
            idle=timedelta(seconds=settings.idle_s),
            absolute=timedelta(seconds=settings.absolute_s),
            remembered_idle=timedelta(seconds=settings.remembered_idle_s),
            remembered_absolute=timedelta(seconds=settings.remembered_absolute_s),
        ),
    )


def build(
    *,
    settings: IdentitySettings,
    deps: IdentityDeps,
    storage: Storage,
    hasher: PasswordHasher,
    policy: PasswordPolicy,
    slow: LoginThrottle,
    changed: Callable[[UUID], None],
) -> tuple[Passwords, Invitations]:
    """Build changes and resets of passwords, and invitations."""
    passwords = Passwords(
        deps=deps,
        users=storage.users,
        hasher=hasher,
        policy=policy,
        throttle=slow,
        reset_lasts=timedelta(minutes=settings.reset_min),
        changed=changed,
    )
    invitations = Invitations(
        deps=deps,
        users=storage.users,
        people=storage.people,
        hasher=hasher,
        policy=policy,
        throttle=slow,
        roles=MemberRoles(),
        lasts=timedelta(hours=settings.invitation_h),
    )
    return passwords, invitations
