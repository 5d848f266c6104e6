"""Keep questions about books in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres.link.database import Database
from ports.book_checks import AskedCheck, CheckAnswer

# Nobody waits so long for an answer.
_KEPT_S = 3600.0


class PostgresBookChecks:
    """Questions and answers between processes (port BookChecks)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def ask(self, check: AskedCheck) -> None:
        """Ask for a comparison that begins after this."""
        async with self._database.connection(check.tenant_id) as connection:
            await connection.execute(
                "WITH gone AS (DELETE FROM book_checks"
                " WHERE asked_at < clock_timestamp() - make_interval(secs => $4))"
                " INSERT INTO book_checks (id, tenant_id, account_id, order_id)"
                " VALUES ($1, $2, $3, $5)",
                check.id,
                check.tenant_id,
                check.account_id,
                _KEPT_S,
                check.order_id,
            )

    async def asked(self, *, within_s: float, limit: int) -> Sequence[AskedCheck]:
        """Return unanswered questions of the last seconds, oldest first."""
        async with self._database.system.connection() as connection:
            rows = await connection.fetch(
                "SELECT id, tenant_id, account_id, order_id FROM book_checks"
                " WHERE answered_at IS NULL"
                " AND asked_at >= clock_timestamp() - make_interval(secs => $1)"
                " ORDER BY asked_at, id LIMIT $2",
                within_s,
                limit,
            )
        return [
            AskedCheck(
                id=UUID(int=row["id"].int),
                tenant_id=UUID(int=row["tenant_id"].int),
                account_id=UUID(int=row["account_id"].int),
                order_id=row["order_id"] and UUID(int=row["order_id"].int),
            )
            for row in rows
        ]

    async def answer(self, *, id: UUID, answer: CheckAnswer) -> None:
        """Answer one; a second answer changes nothing."""
        async with self._database.system.connection() as connection:
            await connection.execute(
                "UPDATE book_checks SET answered_at = clock_timestamp(), problem = $2"
                " WHERE id = $1 AND answered_at IS NULL",
                id,
                answer.problem,
            )

    async def answered(self, *, id: UUID) -> CheckAnswer | None:
        """Return the answer, None while there is none."""
        async with self._database.system.connection() as connection:
            row = await connection.fetchrow(
                "SELECT problem FROM book_checks WHERE id = $1 AND answered_at IS NOT NULL", id
            )
        return None if row is None else CheckAnswer(row["problem"])
