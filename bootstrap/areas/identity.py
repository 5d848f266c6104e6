"""Build who may come in: passwords, sessions, tokens, the first tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from adapters.memory.streams import MemoryWakeup
from adapters.security.breached import BreachedPasswordFile
from adapters.security.key_ring import FolderKeys, GivenKeys, KeySource, older_keys
from adapters.security.keys import key_from_pem
from adapters.security.passwords import Argon2idHasher
from adapters.security.tokens import Rs256Tokens
from application.identity.access import AccessUseCases
from application.identity.authenticate import Authenticate
from application.identity.deps import IdentityDeps
from application.identity.devices import Devices
from application.identity.facade import IdentityUseCases
from application.identity.follow_changes import FollowChanges
from application.identity.found_tenant import FoundTenant
from application.identity.login import Login
from application.identity.login_memory import LoginMemory
from application.identity.notices import Notices
from application.identity.open_session import OpenSession
from application.identity.passwords import PasswordPolicy
from application.identity.people import ManageUsers
from application.identity.producers import Producers
from application.identity.recovery import SettleRecoveries
from application.identity.refresh import Refresh
from application.identity.rights import Rights
from application.identity.sessions import Sessions
from application.identity.throttle import LoginThrottle
from bootstrap import access as access_area
from bootstrap import factors, joining, passkeys
from bootstrap.areas.market import Market
from bootstrap.areas.risk import RiskParts
from bootstrap.logins import LoginParts, build_assess, build_logins
from bootstrap.settings.identity import IdentitySettings, TokenSettings
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.identity.password import PasswordRules
from ports.attempts import Attempts
from ports.identity import AccessTokens, PasswordHasher
from ports.ids import Ids
from ports.passkeys import PasskeyCeremonies
from ports.rate_limits import RateLimits
from ports.secrets import SecretVault
from ports.streams import Wakeup
from ports.time import Clock

KEY_FILE = Path("keys/access-token.pem")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingParts:
    """What remembers who may come in, and what keeps that true: `follow.run` until cancelled.

    told is the hint that a use case gives when the feed may have something new.
    """

    rights: Rights
    authenticate: Authenticate
    producers: Producers
    follow: FollowChanges
    told: Wakeup


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityParts:
    """The identity facade, and what founds the first tenant."""

    hasher: Argon2idHasher
    tokens: Rs256Tokens
    facade: IdentityUseCases
    access: AccessUseCases
    found: FoundTenant
    standing: StandingParts
    breached: BreachedPasswordFile
    logins: LoginParts
    settle: SettleRecoveries


def build_tokens(*, settings: TokenSettings, data_dir: Path, clock: Clock, ids: Ids) -> Rs256Tokens:
    """Build the access tokens over the key that is set, or the one in the data folder."""
    return Rs256Tokens(
        keys=_keys(settings, data_dir),
        clock=clock,
        ids=ids,
        ttl=timedelta(seconds=settings.access_s),
    )


def _keys(settings: TokenSettings, data_dir: Path) -> KeySource:
    pem, older = settings.signing_key, settings.older_keys
    if pem is None:
        return FolderKeys(data_dir / KEY_FILE)
    return GivenKeys(
        signing=lambda: key_from_pem(pem.encode(), source="token.signing_key"),
        older=lambda: older_keys(older or "", source="token.older_keys"),
    )


def build_policy(settings: IdentitySettings) -> tuple[PasswordPolicy, BreachedPasswordFile]:
    """Build what a new password has to be, and the list that is to be started."""
    breached = BreachedPasswordFile(settings.breached_file)
    rules = PasswordRules(length_min=settings.password_length_min)
    return PasswordPolicy(rules=rules, breached=breached), breached


def build_standing(*, storage: Storage, system: System, tokens: AccessTokens) -> StandingParts:
    """Build what knows who may come in, and follows the feed of what changes that."""
    # Where processes share a database its own notifications say that the feed has more.
    shared = storage.shared
    wakeup: Wakeup = shared.wakeups.wakeup("identity") if shared else MemoryWakeup()
    follow = FollowChanges(
        feed=storage.identity_feed,
        clock=system.clock,
        sleeper=system.sleeper,
        wakeup=wakeup,
        subscribers=[],
    )
    current = follow.is_current
    rights = access_area.build_rights(storage=storage, system=system, is_current=current)
    authenticate = Authenticate(
        tokens=tokens, standings=storage.standings, rights=rights, is_current=current
    )
    producers = Producers(standings=storage.standings, is_current=current)
    for subscriber in (rights, authenticate, producers):
        follow.subscribe(subscriber)
    return StandingParts(
        rights=rights,
        authenticate=authenticate,
        producers=producers,
        follow=follow,
        told=MemoryWakeup() if shared else wakeup,
    )


def build_facade(
    *,
    settings: IdentitySettings,
    token_lasts: timedelta,
    storage: Storage,
    system: System,
    sharing: AttemptLimits,
    hasher: PasswordHasher,
    tokens: AccessTokens,
    standing: StandingParts,
    policy: PasswordPolicy,
    vault: SecretVault,
    ceremonies: PasskeyCeremonies,
    logins: LoginParts,
) -> IdentityUseCases:
    """Build everything that can be asked about users and sessions."""
    deps = joining.build_deps(settings=settings, storage=storage, system=system, told=standing.told)
    throttle = _throttle(settings, sharing)
    memory = LoginMemory(deps=deps, places=logins.places)
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
    passwords, invitations = joining.build(
        settings=settings,
        deps=deps,
        storage=storage,
        hasher=hasher,
        policy=policy,
        slow=throttle,
        changed=standing.rights.drop,
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
        rights=standing.rights,
        authenticating=standing.authenticate,
        refresh=Refresh(deps=deps, tokens=tokens),
        sessions=Sessions(deps=deps, people=storage.people, personal=storage.personal_tokens),
        devices=Devices(deps=deps, trust_lasts=timedelta(days=logins.settings.trust_days)),
        notices=Notices(deps=deps),
        passwords=passwords,
        passkeys=passkeys.build(ceremonies, parts=parts),
        invitations=invitations,
        users=_users(deps, storage=storage, standing=standing),
        codes=parts.codes,
        challenges=parts.challenges,
        factors=parts.manage,
        step_up=parts.step_up,
        recoveries=parts.recoveries,
    )


def _users(deps: IdentityDeps, *, storage: Storage, standing: StandingParts) -> ManageUsers:
    return ManageUsers(
        deps=deps,
        people=storage.people,
        users=storage.users,
        members=storage.members,
        changed=standing.rights.drop,
    )


def _throttle(settings: IdentitySettings, sharing: AttemptLimits) -> LoginThrottle:
    return LoginThrottle(
        attempts=sharing.attempts, limits=sharing.limits, per_ip=settings.tries_per_minute
    )


def build(
    *,
    settings: Settings,
    storage: Storage,
    market: Market,
    system: System,
    risk: RiskParts,
    sharing: AttemptLimits,
    hasher: Argon2idHasher,
    tokens: Rs256Tokens,
    standing: StandingParts,
    vault: SecretVault,
    brokers: Sequence[str],
) -> IdentityParts:
    """Build sessions, passwords, invitations and founding."""
    found = FoundTenant(
        users=storage.users,
        hasher=hasher,
        directory=storage.directory,
        add_default_rules=risk.furnish,
        today=market.today,
        password_lasts=timedelta(hours=settings.identity.first_password_h),
        clock=system.clock,
        market_clock=market.clock,
        brokers=brokers,
        lap=market.lap,
        currencies=market.currencies,
        ids=system.ids,
        randomness=system.randomness,
    )
    policy, breached = build_policy(settings.identity)
    logins = build_logins(settings.devices)
    facade = build_facade(
        settings=settings.identity,
        token_lasts=timedelta(seconds=settings.token.access_s),
        storage=storage,
        system=system,
        sharing=sharing,
        hasher=hasher,
        tokens=tokens,
        standing=standing,
        policy=policy,
        logins=logins,
        vault=vault,
        ceremonies=passkeys.build_ceremonies(settings),
    )
    return IdentityParts(
        hasher=hasher,
        tokens=tokens,
        facade=facade,
        access=access_area.build(
            storage=storage, system=system, rights=standing.rights, settings=settings.token
        ),
        found=found,
        standing=standing,
        breached=breached,
        logins=logins,
        settle=SettleRecoveries(recoveries=facade.recoveries, sleeper=system.sleeper),
    )
