"""Build who may come in: passwords, sessions, tokens, the first tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from litestar.types import ControllerRouterHandler

from adapters.http.identity.cases import CASES
from adapters.http.identity.devices import device_routes
from adapters.http.identity.factors import factor_routes
from adapters.http.identity.passkeys import passkey_routes
from adapters.http.identity.people import people_routes
from adapters.http.identity.proving import recovery_routes
from adapters.http.identity.routes import identity_routes, key_routes
from adapters.http.members.cases import CASES as MEMBER_CASES
from adapters.http.members.routes import member_routes
from adapters.http.members.tokens import token_routes
from adapters.security.breached import BreachedPasswordFile
from adapters.security.passwords import Argon2idHasher
from adapters.security.tokens import Rs256Tokens
from adapters.system.supervisor import Run
from application.identity.access import AccessUseCases
from application.identity.facade import IdentityUseCases
from application.identity.found_tenant import FoundTenant
from application.identity.recovery import SettleRecoveries
from bootstrap.area import Area, Task, of_role
from bootstrap.areas.market import Market
from bootstrap.areas.risk import RiskParts
from bootstrap.areas.secrets import SecretsParts
from bootstrap.identity import access as access_area
from bootstrap.identity import passkeys
from bootstrap.identity.access_tokens import build_tokens
from bootstrap.identity.credential_status import CredentialStatusParts, build_credential_status
from bootstrap.identity.facade import build_facade, build_policy
from bootstrap.identity.logins import LoginParts, build_logins
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.streams.sharing import Sharing
from bootstrap.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityParts:
    """The identity facade, and what founds the first tenant."""

    hasher: Argon2idHasher
    tokens: Rs256Tokens
    facade: IdentityUseCases
    access: AccessUseCases
    found: FoundTenant
    credential_status: CredentialStatusParts
    breached: BreachedPasswordFile
    logins: LoginParts
    settle: SettleRecoveries


def build(
    *,
    settings: Settings,
    storage: Storage,
    market: Market,
    system: System,
    risk: RiskParts,
    sharing: Sharing,
    hasher: Argon2idHasher,
    tokens: Rs256Tokens,
    credential_status: CredentialStatusParts,
    secrets: SecretsParts,
    paper_brokers: Sequence[str],
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
        brokers=paper_brokers,
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
        credential_status=credential_status,
        policy=policy,
        logins=logins,
        vault=secrets.vault,
        ceremonies=passkeys.build_ceremonies(settings),
    )
    return IdentityParts(
        hasher=hasher,
        tokens=tokens,
        facade=facade,
        access=access_area.build(
            storage=storage, system=system, rights=credential_status.rights, settings=settings.token
        ),
        found=found,
        credential_status=credential_status,
        breached=breached,
        logins=logins,
        settle=SettleRecoveries(recoveries=facade.recoveries, sleeper=system.sleeper),
    )


def _routes(parts: Parts) -> Sequence[ControllerRouterHandler]:
    own, keys, clock = parts.of(build), parts.storage.keys, parts.system.clock
    facade = own.facade
    return (
        identity_routes(facade, clock=clock),
        key_routes(facade),
        *people_routes(facade, keys=keys),
        *device_routes(facade, keys=keys),
        passkey_routes(facade, keys=keys),
        factor_routes(facade),
        recovery_routes(facade),
        member_routes(own.access, identity=facade, keys=keys),
        token_routes(own.access, keys=keys),
    )


def _following(parts: Parts) -> Run | None:
    """Follow what changes rights; until it runs, and whenever it cannot, storage is asked."""
    if Role.API in parts.plan.roles or parts.plan.asked or parts.takes_commands:
        return parts.of(build_credential_status).follow.run
    return None


AREA = Area(
    name="identity",
    sentence="Who may come in and do what: people, members, sessions, factors, tokens.",
    builds={
        "tokens": build_tokens,
        "credential_status": build_credential_status,
        "identity": build,
    },
    routes=_routes,
    parameters=frozenset(
        {
            "device_id",
            "factor_id",
            "invitation_id",
            "member_id",
            "notice_id",
            "passkey_id",
            "session_id",
            "token_id",
            "user_id",
        }
    ),
    cases={**CASES, **MEMBER_CASES},
    tasks=(
        of_role(Role.WATCH, "recoveries", lambda parts: parts.of(build).settle.run, required=False),
        Task(name="identity_feed", run=_following, required=False),
        Task(
            name="login",
            run=lambda parts: parts.of(build).facade.logging_in.prepare,
            roles=frozenset({Role.API}),
            required=False,
            may_end=True,
        ),
    ),
)
