"""Run the whole SQL files that revisions are made of."""

from importlib.resources import files
from typing import Any

import asyncpg
from alembic import op

_FOLDER = "adapters.postgres.sql"


def run(*names: str) -> None:
    """Run files by their names below adapters/postgres/sql, in the order given.

    A file that a released revision runs is never edited: a table's change is a statement of a
    new revision, a function's a new whole file that says CREATE OR REPLACE.
    """
    for name in names:
        _execute(script(name))


def script(name: str) -> str:
    """Return the text of a file."""
    return files(_FOLDER).joinpath(f"{name}.sql").read_text("utf-8")


def _execute(text: str) -> None:
    # All of a file at once: prepared, as SQLAlchemy does it, a text is one statement.
    def whole(driver: "asyncpg.Connection[asyncpg.Record]") -> object:
        return driver.execute(text)

    connection: Any = op.get_bind().connection.dbapi_connection
    connection.run_async(whole)
