"""Build what asks for passkeys, and what lets users in by them."""

from application.identity.passkey_facade import PasskeyUseCases
from application.identity.passkey_factor import PasskeyFactor
from application.identity.passkey_login import PasskeyLogin
from application.identity.passkey_use import PasskeyUse
from application.identity.passkeys import Passkeys
from bootstrap.identity.factors import FactorParts
from bootstrap.settings.passkeys import passkey_origins
from bootstrap.settings.sections import Settings
from ports.passkeys import PasskeyCeremonies


def build_ceremonies(settings: Settings) -> PasskeyCeremonies:
    """Build what asks browsers for passkeys and checks their answers."""
    # Only who serves pays for it: every command loads this file.
    from adapters.webauthn.ceremonies import WebAuthnCeremonies

    return WebAuthnCeremonies(
        rp_id=settings.passkeys.rp_id,
        rp_name=settings.passkeys.rp_name,
        origins=passkey_origins(settings),
    )


def build(ceremonies: PasskeyCeremonies, *, parts: FactorParts) -> PasskeyUseCases:
    """Build the parts over what answers a log-in's challenge otherwise."""
    challenges = parts.challenges
    use = PasskeyUse(deps=challenges.deps, ceremonies=ceremonies)
    return PasskeyUseCases(
        own=Passkeys(use=use, kinds=parts.kinds, added=parts.added),
        login=PasskeyLogin(
            use=use,
            users=challenges.users,
            tokens=challenges.tokens,
            throttle=challenges.throttle,
            tries=challenges.tries,
            open=challenges.open,
        ),
        factor=PasskeyFactor(use=use, challenges=challenges),
    )
