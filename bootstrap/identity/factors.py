"""Build second factors: who has which, challenges, step-up, and the way back without."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.security.totp import PyotpCodes
from application.identity.challenges import Challenges, OpenChallenge
from application.identity.deps import IdentityDeps
from application.identity.factor_added import FactorAdded
from application.identity.factor_kinds import AllFactors, AppFactors
from application.identity.factor_tries import FactorTries
from application.identity.manage_factors import ManageFactors
from application.identity.open_session import OpenSession
from application.identity.operator_factors import OperatorFactors
from application.identity.passkey_factor import PasskeyFactors
from application.identity.proofs import CodeProofs
from application.identity.recovery import Recoveries
from application.identity.step_up import StepUp
from application.identity.throttle import LoginThrottle
from bootstrap.identity import password_parts as password_parts
from bootstrap.settings.identity import IdentitySettings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.identity.factors import FactorLimits
from ports.identity import AccessTokens, PasswordHasher
from ports.secrets import SecretVault


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorParts:
    """What the use cases of log-ins and of users' own factors work with."""

    kinds: AllFactors
    codes: CodeProofs
    challenge: OpenChallenge
    challenges: Challenges
    manage: ManageFactors
    step_up: StepUp
    recoveries: Recoveries
    added: FactorAdded


def kinds_of(deps: IdentityDeps) -> AllFactors:
    """Build what knows every kind of factor: who keeps another one stands in this list."""
    return AllFactors(deps=deps, providers=[AppFactors(deps=deps), PasskeyFactors()])


def build_operating(
    *, settings: IdentitySettings, storage: Storage, system: System
) -> OperatorFactors:
    """Build what whoever holds the installation may do to a user's factors."""
    deps = password_parts.build_deps(settings=settings, storage=storage, system=system)
    return OperatorFactors(deps=deps, users=storage.users, factors=kinds_of(deps))


def build(
    *,
    settings: IdentitySettings,
    deps: IdentityDeps,
    storage: Storage,
    vault: SecretVault,
    hasher: PasswordHasher,
    tokens: AccessTokens,
    throttle: LoginThrottle,
    opening: OpenSession,
) -> FactorParts:
    """Build the parts over what the log-in itself has."""
    limits = FactorLimits(recovery=timedelta(hours=settings.recovery_h))
    tries = FactorTries(deps=deps, limits=limits)
    kinds = kinds_of(deps)
    added = FactorAdded(deps=deps, personal=storage.personal_tokens)
    codes = CodeProofs(deps=deps, codes=PyotpCodes(), vault=vault, sealed=storage.sealed)
    challenges = Challenges(
        deps=deps,
        users=storage.users,
        tokens=tokens,
        throttle=throttle,
        tries=tries,
        open=opening,
    )
    return FactorParts(
        kinds=kinds,
        codes=codes,
        challenge=OpenChallenge(deps=deps, limits=limits),
        challenges=challenges,
        manage=ManageFactors(deps=deps, proofs=codes, tries=tries, kinds=kinds, added=added),
        step_up=StepUp(
            deps=deps,
            users=storage.users,
            hasher=hasher,
            tokens=tokens,
            throttle=throttle,
            tries=tries,
            factors=kinds,
            memory=opening.memory,
        ),
        recoveries=Recoveries(
            deps=deps, users=storage.users, challenges=challenges, tries=tries, factors=kinds
        ),
        added=added,
    )
