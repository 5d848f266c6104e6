"""Answer for passkeys."""

from dataclasses import dataclass

from application.identity.passkey_factor import PasskeyFactor
from application.identity.passkey_login import PasskeyLogin
from application.identity.passkeys import Passkeys


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyUseCases:
    """A user's own passkeys, the log-in by one, and one beside a password."""

    own: Passkeys
    login: PasskeyLogin
    factor: PasskeyFactor
