"""Passkeys of a room's owner, made and answered by devices in software."""

import json
from typing import Any

import msgspec

from adapters.http.identity.passkey_schemas import AnswerBody, MadeCredentialBody
from application.identity.challenges import Challenges
from application.identity.deps import Asking
from application.identity.passkey_facade import PasskeyUseCases
from application.identity.passkey_factor import PasskeyFactor
from application.identity.passkey_login import PasskeyLogin
from application.identity.passkey_use import PasskeyOptions, PasskeyUse
from application.identity.passkeys import PasskeyAdded, Passkeys
from bootstrap.identity import passkeys
from bootstrap.settings.sections import Settings
from domain.identity.passkey import Passkey
from ports.passkeys import Assertion, NewCredential
from tests.authenticator import AS_ASKED, Authenticator, Json, Twist
from tests.unit.application.identity.rig import Rig


class PasskeyRig(Rig):
    """A room with passkeys."""

    def __init__(self) -> None:
        super().__init__()
        self.challenges = Challenges(
            deps=self.deps,
            users=self.users,
            tokens=self.tokens,
            throttle=self.throttle,
            tries=self.tries,
            open=self.open,
        )
        ceremonies = passkeys.build_ceremonies(Settings())
        use = PasskeyUse(deps=self.deps, ceremonies=ceremonies)
        self.passkeys = PasskeyUseCases(
            own=Passkeys(use=use, kinds=self.kinds, added=self.added),
            login=PasskeyLogin(
                use=use,
                users=self.users,
                tokens=self.tokens,
                throttle=self.throttle,
                tries=self.tries,
                open=self.open,
            ),
            factor=PasskeyFactor(use=use, challenges=self.challenges),
        )

    async def made(self, device: Authenticator, asking: Asking) -> NewCredential:
        """Ask a browser for a new credential, and return what it sends."""
        asked = await self.passkeys.own.options(asking)
        assert isinstance(asked, PasskeyOptions)
        body = json.dumps(device.make(browser(asked)))
        return msgspec.json.decode(body, type=MadeCredentialBody).sent()

    async def owned(self, device: Authenticator, *, label: str = "Key") -> Passkey:
        """Give the owner a passkey."""
        asking = self.asking()
        made = await self.passkeys.own.add(
            asking, sent=await self.made(device, asking), label=label
        )
        assert isinstance(made, PasskeyAdded)
        self.fresh()
        return made.passkey

    async def answer(self, device: Authenticator, *, twist: Twist = AS_ASKED) -> Assertion:
        """Ask whoever logs in, and return what a device answers."""
        asked = await self.passkeys.login.options(self.asking().visitor)
        assert isinstance(asked, PasskeyOptions)
        return sent(device.answer(browser(asked), twist=twist))

    def stored(self, passkey: Passkey) -> Passkey:
        """Return a passkey as it is stored."""
        return self.database.passkeys[passkey.id]


def browser(asked: PasskeyOptions) -> Json:
    """Return what a browser reads of what it is asked."""
    read: dict[str, Any] = json.loads(asked.options)
    return read


def sent(answer: Json) -> Assertion:
    """Return an answer as the route hands it on."""
    return msgspec.json.decode(json.dumps(answer), type=AnswerBody).sent()
