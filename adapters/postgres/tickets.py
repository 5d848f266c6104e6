"""Keep tickets for streams in Postgres, sealed: only the ticket itself opens its row."""

import base64
import hashlib

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.postgres.link.database import Database
from ports.randomness import Randomness
from ports.tickets import Session

_BYTES = 24
_CHARACTERS_MAX = 128
# The key of each ticket is used once, so that a fixed nonce is sound.
_NONCE = bytes(12)
_DECODER = msgspec.json.Decoder(Session)


class PostgresTickets:
    """Tickets over all processes of one database (port Tickets)."""

    def __init__(self, *, database: Database, randomness: Randomness) -> None:
        self._database = database
        self._randomness = randomness

    async def issue(self, session: Session, *, lasts_s: float) -> str:
        """Return a new ticket; raises StorageUnavailable."""
        ticket = base64.urlsafe_b64encode(self._randomness.token(_BYTES)).decode().rstrip("=")
        digest, key = _derived(ticket)
        sealed = AESGCM(key).encrypt(_NONCE, msgspec.json.encode(session), digest)
        async with self._database.system.connection() as connection:
            # What nobody redeemed goes with the next ones: the table stays small.
            await connection.execute(
                "WITH gone AS (DELETE FROM stream_tickets WHERE lapses_at <= now())"
                " INSERT INTO stream_tickets VALUES ($1, $2, now() + make_interval(secs => $3))",
                digest,
                sealed,
                lasts_s,
            )
        return ticket

    async def redeem(self, ticket: str) -> Session | None:
        """Return whose ticket it is, once; raises StorageUnavailable."""
        if not 0 < len(ticket) <= _CHARACTERS_MAX:
            return None
        digest, key = _derived(ticket)
        async with self._database.system.connection() as connection:
            # Deleting decides between two who ask at once.
            row = await connection.fetchrow(
                "DELETE FROM stream_tickets WHERE digest = $1"
                " RETURNING sealed, lapses_at > now() AS open",
                digest,
            )
        if row is None or not row["open"]:
            return None
        try:
            return _DECODER.decode(AESGCM(key).decrypt(_NONCE, row["sealed"], digest))
        except (InvalidTag, msgspec.MsgspecError):
            # Not what was put there: nobody is let in by it.
            return None


def _derived(ticket: str) -> tuple[bytes, bytes]:
    """Return what a ticket is found by, and what opens it: neither tells the other."""
    given = ticket.encode("utf-8", "replace")
    return (
        hashlib.blake2b(given, digest_size=32, person=b"ticket found by").digest(),
        hashlib.blake2b(given, digest_size=32, person=b"ticket opened by").digest(),
    )
