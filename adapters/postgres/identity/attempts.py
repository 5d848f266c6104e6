"""Count failures in Postgres, for all processes of one database together."""

from hashlib import sha256

from adapters.postgres.link.database import Database

# Within about a day after the last try a key is forgotten.
_REMEMBERED_S = 24 * 3600.0
_BEGIN = """
WITH gone AS (
    DELETE FROM attempts WHERE open_at < now() - make_interval(secs => $4) AND key <> $1
)
INSERT INTO attempts AS t (key, failures, open_at)
VALUES ($1, 1, now() + make_interval(secs => least($3::float8, $2::float8)))
ON CONFLICT (key) DO UPDATE SET failures = t.failures + 1,
    open_at = now() + make_interval(secs => least($3, $2 * 2.0 ^ least(t.failures, 16)))
WHERE t.open_at <= now() RETURNING true"""

# What would last longer than the longest wait began while the clock was ahead.
_LEFT = """
UPDATE attempts SET open_at = least(open_at, now() + make_interval(secs => $2))
WHERE key = $1 RETURNING extract(epoch FROM open_at - now())::float8"""


class PostgresAttempts:
    """Failures by key in all processes (port Attempts).

    Keys are kept as digests: an e-mail address is nobody's business there, and who guesses
    may send anything of any length.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def begin(self, *, key: str, first_wait_s: float, longest_wait_s: float) -> float | None:
        """Count a try as failed until told otherwise; return seconds to wait, or None.

        Raises StorageUnavailable.
        """
        digest = _digest(key)
        async with self._database.system.connection() as connection:
            # One row, one statement: of tries side by side, one begins and the others wait.
            begun = await connection.fetchval(
                _BEGIN, digest, first_wait_s, longest_wait_s, _REMEMBERED_S
            )
            if begun:
                return None
            left_s = await connection.fetchval(_LEFT, digest, longest_wait_s)
        # It may have been forgotten between the two: then a second try finds it open.
        return max(0.001, left_s or 0.0)

    async def succeeded(self, key: str) -> None:
        """Forget the failures of a key; raises StorageUnavailable."""
        async with self._database.system.connection() as connection:
            await connection.execute("DELETE FROM attempts WHERE key = $1", _digest(key))

    async def unchecked(self, key: str) -> None:
        """Take back a try that came to nothing; raises StorageUnavailable."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "UPDATE attempts SET failures = greatest(0, failures - 1), open_at = now()"
                " WHERE key = $1",
                _digest(key),
            )


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "replace")).digest()
