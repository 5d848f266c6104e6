"""Hand out tickets for WebSockets that any process redeems, through Redis."""

import base64
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.redis.client import RedisAway, RedisLink
from ports.randomness import Randomness
from ports.tickets import Session, Tickets

_TICKET_BYTES = 24
_NONCE_BYTES = 12
_LENGTH_MAX = 64
_DECODER = msgspec.json.Decoder(Session)


class RedisTickets:
    """Tickets of all processes (port Tickets).

    Redis is told neither the ticket nor the access token: it keeps the session under the
    ticket's digest, encrypted with a key made from the ticket, until it is taken out once.
    While Redis is away tickets are alone's, good in this process only.
    """

    def __init__(self, *, link: RedisLink, alone: Tickets, randomness: Randomness) -> None:
        self._link = link
        self._alone = alone
        self._randomness = randomness

    async def issue(self, session: Session, *, lasts_s: float) -> str:
        """Return a new ticket."""
        ticket = base64.urlsafe_b64encode(self._randomness.token(_TICKET_BYTES)).decode()
        nonce = self._randomness.token(_NONCE_BYTES)
        name, cipher = self._name(ticket), _cipher(ticket)
        sealed = nonce + cipher.encrypt(nonce, msgspec.json.encode(session), name.encode())
        try:
            await self._link.ask("SET", name, sealed, "PX", max(1, round(lasts_s * 1000)))
        except RedisAway:
            return await self._alone.issue(session, lasts_s=lasts_s)
        return ticket

    async def redeem(self, ticket: str) -> Session | None:
        """Return whose ticket it is, once; None when it cannot be looked up either."""
        if not 0 < len(ticket) <= _LENGTH_MAX:
            return None
        own = await self._alone.redeem(ticket)
        if own is not None:
            return own
        name = self._name(ticket)
        try:
            sealed = await self._link.ask("GETDEL", name)
        except RedisAway:
            return None
        if not isinstance(sealed, bytes):
            return None
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return _DECODER.decode(_cipher(ticket).decrypt(nonce, text, name.encode()))
        except (InvalidTag, ValueError, msgspec.MsgspecError):
            # Not what was put there: nobody is let in by it.
            return None

    def _name(self, ticket: str) -> str:
        return self._link.key("ticket", sha256(b"name:" + ticket.encode()).hexdigest())


def _cipher(ticket: str) -> AESGCM:
    # A ticket is as random as a key, and each key seals one text.
    return AESGCM(sha256(b"seal:" + ticket.encode()).digest())
