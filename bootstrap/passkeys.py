"""Build what asks for passkeys, and what lets users in by them."""

from application.identity.deps import IdentityDeps
from application.identity.open_session import OpenSession
from application.identity.passkey_login import PasskeyLogin
from application.identity.passkeys import Passkeys
from application.identity.throttle import LoginThrottle
from bootstrap.settings.passkeys import passkey_origins
from bootstrap.settings.sections import Settings
from ports.identity import AccessTokens, Users
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


def build_passkeys(
    *,
    deps: IdentityDeps,
    ceremonies: PasskeyCeremonies,
    users: Users,
    tokens: AccessTokens,
    throttle: LoginThrottle,
    opening: OpenSession,
) -> tuple[Passkeys, PasskeyLogin]:
    """Build what keeps passkeys, and the log-in by them."""
    login = PasskeyLogin(
        deps=deps,
        ceremonies=ceremonies,
        users=users,
        tokens=tokens,
        throttle=throttle,
        open=opening,
    )
    return Passkeys(deps=deps, ceremonies=ceremonies), login
