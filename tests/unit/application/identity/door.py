"""The identity use cases over memory, on a clock that moves when told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.geo_lookup.networks_file import NetworksFile
from adapters.memory.attempts import MemoryAttempts
from adapters.memory.breached_passwords import MemoryBreachedPasswords
from adapters.memory.ids import SeededIds
from adapters.memory.login_anomaly import RulesAlone
from adapters.memory.randomness import SeededRandomness
from adapters.memory.rate_limits import MemoryRateLimits
from adapters.memory.security import MemoryTokens, QuickHasher
from adapters.memory.time import ManualClock, ManualSleeper
from application.identity.challenges import ChallengeOpened
from application.identity.deps import Asking
from application.identity.issued import IssuedRefresh, IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.passwords import PasswordPolicy
from application.identity.refresh import RefreshRefused, RefreshTry
from bootstrap.areas import secrets as secret_area
from bootstrap.container import build_changes
from bootstrap.identity.credential_status import build_credential_status
from bootstrap.identity.facade import build_facade
from bootstrap.identity.logins import LoginParts
from bootstrap.identity.passkeys import build_ceremonies
from bootstrap.settings.devices import DeviceSettings
from bootstrap.settings.identity import IdentitySettings
from bootstrap.settings.secret_sections import SecretsSettings
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_memory
from bootstrap.system import System
from domain.audit.entry import AuditEntry
from domain.identity.change import ChangeKind
from domain.identity.password import PasswordRules
from domain.identity.session import Visitor
from domain.identity.tenant import Tenant, User
from ports.attempts import Attempts
from ports.identity import InvalidToken
from ports.rate_limits import RateLimits
from tests.memory import database_of

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
EMAIL = "owner@example.com"
PASSWORD = "orbit velvet cactus lantern"
BREACHED = "a password that leaked"
HOME = Visitor(ip="192.0.2.1", user_agent="agent")


class CountingHasher(QuickHasher):
    """A quick hasher that also counts what it was asked, and can be outdated."""

    verified = 0
    outdated = False

    async def verify(self, *, password: str, hash: str) -> bool:
        """Count, and tell whether the password has that hash."""
        self.verified += 1
        return await super().verify(password=password, hash=hash)

    def is_outdated(self, hash: str) -> bool:
        """Tell what the test wants."""
        return self.outdated or super().is_outdated(hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowing:
    """What slows guessing down."""

    attempts: Attempts
    limits: RateLimits


class Door:
    """An identity facade with one owner."""

    def __init__(
        self,
        *,
        hashes_at_once: int = 18,
        settings: IdentitySettings | None = None,
        storage_of: Callable[[System], Storage] = build_memory,
        logins: LoginParts | None = None,
    ) -> None:
        settings = settings or IdentitySettings(tries_per_minute=1_000)
        self.clock = ManualClock(NOW)
        randomness = SeededRandomness(1)
        sleeper = ManualSleeper(self.clock)
        self.hasher = CountingHasher(randomness=randomness, sleeper=sleeper, places=hashes_at_once)
        ids = SeededIds(clock=self.clock, seed=1)
        self.tokens = MemoryTokens(randomness=randomness, clock=self.clock, ids=ids)
        system = System(clock=self.clock, sleeper=sleeper, ids=ids, randomness=randomness)
        self.storage: Storage = storage_of(system)
        self.credential_status = build_credential_status(
            storage=self.storage, system=system, tokens=self.tokens
        )
        self.secrets = secret_area.build(
            settings=Settings(
                secrets=SecretsSettings(source="environment", keys="1:" + "A" * 43 + "=")
            ),
            storage=self.storage,
            system=system,
            changes=build_changes(self.storage, system),
        )
        self.identity = build_facade(
            settings=settings,
            token_lasts=timedelta(minutes=5),
            storage=self.storage,
            system=system,
            sharing=Slowing(
                attempts=MemoryAttempts(clock=self.clock),
                limits=MemoryRateLimits(clock=self.clock),
            ),
            hasher=self.hasher,
            tokens=self.tokens,
            credential_status=self.credential_status,
            policy=PasswordPolicy(
                rules=PasswordRules(), breached=MemoryBreachedPasswords([BREACHED])
            ),
            ceremonies=build_ceremonies(Settings()),
            vault=self.secrets.vault,
            logins=logins or _by_rules_alone(),
        )
        self.user_id, self.tenant_id = ids.new(), ids.new()

    async def furnish(self) -> "Door":
        """Store the owner, and open the vault."""
        await self.secrets.vault.refresh()
        tenant = Tenant(id=self.tenant_id, name="Home", created_at=NOW)
        owner = User(
            id=self.user_id,
            tenant_id=tenant.id,
            email=EMAIL,
            password_hash=await self.hasher.hash(PASSWORD),
            created_at=NOW,
        )
        await self.storage.users.found(tenant=tenant, owner=owner)
        return self

    async def try_(
        self, password: str = PASSWORD, *, email: str = EMAIL, visitor: Visitor = HOME
    ) -> IssuedToken | ChallengeOpened | LoginRefused:
        """Log in as a script does."""
        return await self.identity.login(LoginTry(email=email, password=password, visitor=visitor))

    async def log_in(
        self,
        *,
        email: str = EMAIL,
        password: str = PASSWORD,
        remember: bool = False,
        device_token: str | None = None,
    ) -> "Visit":
        """Open a session that lasts."""
        issued = await self.identity.login(
            LoginTry(
                email=email,
                password=password,
                visitor=HOME,
                lasting=True,
                remember=remember,
                device_token=device_token,
                device_label="Desk",
            )
        )
        assert isinstance(issued, IssuedToken)
        assert issued.refresh is not None
        return Visit(issued=issued, refresh=issued.refresh)

    async def refresh(self, token: str, device_token: str) -> IssuedToken | RefreshRefused:
        """Ask for new tokens."""
        return await self.identity.refresh(
            RefreshTry(token=token, device_token=device_token, visitor=HOME)
        )

    async def holds(self, token: str) -> bool:
        """Tell whether a token lets anyone in."""
        try:
            await self.identity.authenticate(token)
        except InvalidToken:
            return False
        return True

    async def asking(self, issued: IssuedToken) -> Asking:
        """Ask as the one whose token that is."""
        return Asking(principal=await self.identity.authenticate(issued.token), visitor=HOME)

    async def audits(self) -> list[AuditEntry]:
        """Return what the audit trail says."""
        return database_of(self.storage.people).audit

    async def actions(self) -> list[str]:
        """Return what was done, by name."""
        return [entry.action for entry in await self.audits()]

    async def told(self) -> list[ChangeKind]:
        """Return what the feed says."""
        return [one.kind for one in await self.storage.identity_feed.since(0, limit=1_000)]


def _by_rules_alone() -> LoginParts:
    # A forest takes a second to import and is grown again and again; tests of it bring their own.
    settings = DeviceSettings()
    return LoginParts(
        settings=settings, geo_lookup=NetworksFile(settings.places_file), anomaly=RulesAlone()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An open session as its user has it."""

    issued: IssuedToken
    refresh: IssuedRefresh
