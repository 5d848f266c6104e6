"""Build everything that can be asked about users and sessions."""

from datetime import timedelta
from typing import Protocol

from adapters.security.breached import BreachedPasswordFile
from application.identity.deps import IdentityDeps
from application.identity.devices import Devices
from application.identity.facade import IdentityUseCases
from application.identity.login import Login
from application.identity.login_memory import LoginMemory
from application.identity.notices import Notices
from application.identity.open_session import OpenSession
from application.identity.passwords import PasswordPolicy
from application.identity.people import ManageUsers
from application.identity.refresh import Refresh
from application.identity.sessions import Sessions
from application.identity.throttle import LoginThrottle
from bootstrap.identity import factors, passkeys
from bootstrap.identity import password_parts as password_parts
from bootstrap.identity.credential_status import CredentialStatusParts
from bootstrap.identity.logins import LoginParts, build_assess
from bootstrap.settings.identity import IdentitySettings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.identity.password import PasswordRules
from ports.attempts import Attempts
from ports.identity import AccessTokens, PasswordHasher
from ports.passkeys import PasskeyCeremonies
from ports.rate_limits import RateLimits
from ports.secrets import SecretVault


class AttemptLimits(Protocol):
    """What slows guessing down, shared by all processes."""

    @property
    def attempts(self) -> Attempts:
        """Failures by key."""
        ...

    @property
    def limits(self) -> RateLimits:
        """Token buckets."""
        ...


def build_policy(settings: IdentitySettings) -> tuple[PasswordPolicy, BreachedPasswordFile]:
    """Build what a new password has to be, and the list that is to be started."""
    breached = BreachedPasswordFile(settings.breached_file)
    rules = PasswordRules(length_min=settings.password_length_min)
    return PasswordPolicy(rules=rules, breached=breached), breached


def build_facade(
    *,
    settings: IdentitySettings,
    token_lasts: timedelta,
    storage: Storage,
    system: System,
    sharing: AttemptLimits,
    hasher: PasswordHasher,
    tokens: AccessTokens,
    credential_status: CredentialStatusParts,
    policy: PasswordPolicy,
    vault: SecretVault,
    ceremonies: PasskeyCeremonies,
    logins: LoginParts,
) -> IdentityUseCases:
    """Build everything that can be asked about users and sessions."""
    told = credential_status.told
    deps = password_parts.build_deps(settings=settings, storage=storage, system=system, told=told)
    throttle = _throttle(settings, sharing)
    memory = LoginMemory(deps=deps, geo_lookup=logins.geo_lookup)
    opening = OpenSession(deps=deps, memory=memory, script_lasts=token_lasts)
    parts = factors.build(
        settings=settings,
        deps=deps,
        storage=storage,
        vault=vault,
        hasher=hasher,
        tokens=tokens,
        throttle=throttle,
        opening=opening,
    )
    passwords, invitations = password_parts.build(
        settings=settings,
        deps=deps,
        storage=storage,
        hasher=hasher,
        policy=policy,
        slow=throttle,
        changed=credential_status.rights.drop,
    )
    return IdentityUseCases(
        tokens=tokens,
        logging_in=Login(
            users=storage.users,
            people=storage.people,
            hasher=hasher,
            tokens=tokens,
            throttle=throttle,
            randomness=system.randomness,
            open=opening,
            challenge=parts.challenge,
            factors=parts.kinds,
            demand=build_assess(logins, memory=memory, people=storage.people),
        ),
        rights=credential_status.rights,
        authenticating=credential_status.authenticate,
        refresh=Refresh(deps=deps, tokens=tokens),
        sessions=Sessions(deps=deps, people=storage.people, personal=storage.personal_tokens),
        devices=Devices(deps=deps, trust_lasts=timedelta(days=logins.settings.trust_days)),
        notices=Notices(deps=deps),
        passwords=passwords,
        passkeys=passkeys.build(ceremonies, parts=parts),
        invitations=invitations,
        users=_users(deps, storage=storage, credential_status=credential_status),
        codes=parts.codes,
        challenges=parts.challenges,
        factors=parts.manage,
        step_up=parts.step_up,
        recoveries=parts.recoveries,
    )


def _users(
    deps: IdentityDeps, *, storage: Storage, credential_status: CredentialStatusParts
) -> ManageUsers:
    return ManageUsers(
        deps=deps,
        people=storage.people,
        users=storage.users,
        members=storage.members,
        changed=credential_status.rights.drop,
    )


def _throttle(settings: IdentitySettings, sharing: AttemptLimits) -> LoginThrottle:
    return LoginThrottle(
        attempts=sharing.attempts, limits=sharing.limits, per_ip=settings.tries_per_minute
    )
