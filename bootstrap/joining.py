"""Build how people get a password: by invitation, by a change, by a reset."""

from datetime import timedelta

from application.identity.deps import IdentityDeps
from application.identity.invitations import Invitations
from application.identity.passwords import PasswordPolicy, Passwords
from application.identity.roles import MemberRoles
from application.identity.throttle import LoginThrottle
from bootstrap.settings.identity import IdentitySettings
from bootstrap.storage import Storage
from ports.identity import PasswordHasher


def build(
    *,
    settings: IdentitySettings,
    deps: IdentityDeps,
    storage: Storage,
    hasher: PasswordHasher,
    policy: PasswordPolicy,
    slow: LoginThrottle,
) -> tuple[Passwords, Invitations]:
    """Build changes and resets of passwords, and invitations."""
    passwords = Passwords(
        deps=deps,
        users=storage.users,
        hasher=hasher,
        policy=policy,
        throttle=slow,
        reset_lasts=timedelta(minutes=settings.reset_min),
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
