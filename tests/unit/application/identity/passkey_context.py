"""A door behind which passkeys are made and used, by devices in software."""

import json
from dataclasses import replace
from typing import Any

import msgspec

from adapters.http.identity.passkey_schemas import AnswerBody, MadeCredentialBody
from application.identity.deps import Asking
from application.identity.issued import IssuedToken, issued
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.passkey_login import PasskeyTry
from application.identity.passkey_use import PasskeyOptions
from application.identity.passkeys import (
    NotAdded,
    PasskeyAdded,
)
from domain.identity.passkey import Passkey
from ports.passkeys import NewCredential
from tests.authenticator import Authenticator, Json, Twist
from tests.contracts.identity.scope import user
from tests.unit.application.identity.door import EMAIL, HOME, Door

OTHER_EMAIL = "other@example.com"
PLAIN = Twist()


class Context(Door):
    """A door behind which passkeys are made and used."""

    async def asking_owner(self) -> Asking:
        """Ask as the owner, in a new session, whatever a log-in would ask for."""
        owner = await self.storage.users.find(user_id=self.user_id)
        assert owner is not None
        opened = await self.identity.logging_in.open(
            owner, LoginTry(email=EMAIL, password="", lasting=True)
        )
        assert opened is not None
        return await self.asking(issued(self.tokens, opened))

    async def make(
        self,
        device: Authenticator,
        asking: Asking,
        *,
        answering: Asking | None = None,
        twist: Twist = PLAIN,
        label: str = "Phone",
    ) -> Passkey | NotAdded:
        """Make a passkey as a browser does, maybe answering as somebody else."""
        asked = await self.identity.passkeys.own.options(asking)
        assert isinstance(asked, PasskeyOptions)
        return await self.add(
            device.make(browser(asked), twist=twist), answering or asking, label=label
        )

    async def add(self, made: Json, asking: Asking, *, label: str = "Phone") -> Passkey | NotAdded:
        """Send a made credential."""
        sent = msgspec.json.decode(json.dumps(made), type=MadeCredentialBody).sent()
        outcome = await self.identity.passkeys.own.add(asking, sent=sent, label=label)
        return outcome.passkey if isinstance(outcome, PasskeyAdded) else outcome

    async def owned(self, device: Authenticator) -> Passkey:
        """Give the owner a passkey on a device."""
        made = await self.make(device, await self.asking_owner())
        assert isinstance(made, Passkey)
        return made

    async def asked(self) -> Json:
        """Return what a browser is asked at a log-in."""
        asked = await self.identity.passkeys.login.options(HOME)
        assert isinstance(asked, PasskeyOptions)
        return browser(asked)

    async def send(self, answer: Json, **given: Any) -> IssuedToken | LoginRefused:
        """Send an answer."""
        sent = msgspec.json.decode(json.dumps(answer), type=AnswerBody).sent()
        tried = PasskeyTry(sent=sent, visitor=HOME, trace_id="t-1", **given)
        return await self.identity.passkeys.login(tried)

    async def enter(
        self, device: Authenticator, *, twist: Twist = PLAIN
    ) -> IssuedToken | LoginRefused:
        """Log in by a device."""
        return await self.send(device.answer(await self.asked(), twist=twist))

    async def refusals(self) -> list[tuple[str, str]]:
        """Return who was not let in by a passkey, and why."""
        return [
            (entry.actor, dict(entry.detail)["reason"])
            for entry in await self.audits()
            if entry.action == "identity.login_failed"
        ]

    async def other(self) -> Asking:
        """Let another user be there, and ask as them."""
        other = user(self.tenant_id, email=OTHER_EMAIL)
        async with self.storage.identity.begin() as scope:
            assert await scope.users.add(other)
        asking = await self.asking_owner()
        return replace(
            asking, principal=replace(asking.principal, user_id=other.id, session_id=None)
        )


async def passkey_sent(context: Context, asking: Asking, *, device: Authenticator) -> NewCredential:
    """Make a passkey as a browser does, and return it as it is sent."""
    asked = await context.identity.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    made = device.make(browser(asked))
    return msgspec.json.decode(json.dumps(made), type=MadeCredentialBody).sent()


def browser(asked: PasskeyOptions) -> Json:
    """Return options as a browser reads them."""
    read: Json = json.loads(asked.options)
    return read
