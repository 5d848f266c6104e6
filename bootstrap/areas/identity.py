"""Build who may come in: passwords, tokens, the first tenant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.security.keys import SigningKey, key_from_pem, load_or_create_key
from adapters.security.passwords import Argon2idHasher
from adapters.security.tokens import Rs256Tokens
from application.audit.record import Recorder
from application.identity.access import AccessUseCases
from application.identity.facade import IdentityUseCases
from application.identity.found_tenant import FoundTenant
from application.identity.login import Login
from application.identity.rights import Rights
from application.identity.throttle import LoginThrottle
from bootstrap import access as access_area
from bootstrap.areas.market import Market
from bootstrap.areas.risk import RiskParts
from bootstrap.settings.sections import TokenSettings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.attempts import Attempts
from ports.ids import Ids
from ports.time import Clock

KEY_FILE = Path("keys/access-token.pem")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityParts:
    """The identity facade, and what founds the first tenant."""

    hasher: Argon2idHasher
    tokens: Rs256Tokens
    facade: IdentityUseCases
    access: AccessUseCases
    found: FoundTenant


def build_tokens(*, settings: TokenSettings, data_dir: Path, clock: Clock, ids: Ids) -> Rs256Tokens:
    """Build the access tokens over the key that is set, or the one in the data folder."""
    return Rs256Tokens(
        read_key=_key_reader(settings, data_dir),
        clock=clock,
        ids=ids,
        ttl=timedelta(seconds=settings.access_s),
    )


def _key_reader(settings: TokenSettings, data_dir: Path) -> Callable[[], SigningKey]:
    pem = settings.signing_key
    if pem is not None:
        return lambda: key_from_pem(pem.encode(), source="token.signing_key")
    return lambda: load_or_create_key(data_dir / KEY_FILE)


def build(
    *,
    storage: Storage,
    market: Market,
    system: System,
    risk: RiskParts,
    attempts: Attempts,
    hasher: Argon2idHasher,
    tokens: Rs256Tokens,
    rights: Rights,
    settings: TokenSettings,
    record: Recorder,
) -> IdentityParts:
    """Build login and founding."""
    login = Login(
        users=storage.users,
        hasher=hasher,
        tokens=tokens,
        throttle=LoginThrottle(attempts),
        randomness=system.randomness,
        record=record,
    )
    found = FoundTenant(
        users=storage.users,
        hasher=hasher,
        directory=storage.directory,
        add_default_rules=risk.furnish,
        today=market.today,
        clock=system.clock,
        market_clock=market.clock,
        ids=system.ids,
        randomness=system.randomness,
    )
    return IdentityParts(
        hasher=hasher,
        tokens=tokens,
        facade=IdentityUseCases(tokens=tokens, logging_in=login, rights=rights),
        access=access_area.build(storage=storage, system=system, rights=rights, settings=settings),
        found=found,
    )
