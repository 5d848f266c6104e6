"""Answer for who may come in."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.identity.authenticate import Authenticate
from application.identity.challenges import ChallengeOpened, Challenges
from application.identity.devices import Devices
from application.identity.invitations import Invitations
from application.identity.issued import IssuedToken
from application.identity.login import Login, LoginRefused
from application.identity.login_try import LoginTry
from application.identity.manage_factors import ManageFactors
from application.identity.notices import Notices
from application.identity.passkey_facade import PasskeyUseCases
from application.identity.passwords import Passwords
from application.identity.people import ManageUsers
from application.identity.proofs import CodeProofs
from application.identity.recovery import Recoveries
from application.identity.refresh import Refresh
from application.identity.rights import Rights
from application.identity.sessions import Sessions
from application.identity.step_up import StepUp
from domain.identity.tenant import Principal
from ports.identity import AccessTokens, PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUseCases:
    """Everything that can be asked about users, their sessions and their tokens."""

    tokens: AccessTokens
    logging_in: Login
    rights: Rights
    authenticating: Authenticate
    refresh: Refresh
    sessions: Sessions
    devices: Devices
    notices: Notices
    passwords: Passwords
    passkeys: PasskeyUseCases
    invitations: Invitations
    users: ManageUsers
    codes: CodeProofs
    challenges: Challenges
    factors: ManageFactors
    step_up: StepUp
    recoveries: Recoveries

    async def login(self, tried: LoginTry) -> IssuedToken | ChallengeOpened | LoginRefused:
        """Return tokens for the right password, or the challenge that is still to be answered.

        Raises HasherBusy, storage errors.
        """
        return await self.logging_in(tried)

    async def authenticate(self, token: str) -> Principal:
        """Return who a token names and what they may do; raises InvalidToken, StorageUnavailable.

        One that was asked for before costs neither a signature check nor a query.
        """
        return await self.authenticating(token)

    def is_guess(self, token: str) -> bool:
        """Tell whether storage would be asked for a token that may be nobody's."""
        return self.authenticating.is_guess(token)

    def public_keys(self) -> Sequence[PublicKey]:
        """Return the keys that tokens can be checked with."""
        return self.tokens.public_keys()
