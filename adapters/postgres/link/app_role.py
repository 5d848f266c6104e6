"""Let requests be answered by a login that owns nothing, and hold it to that.

Row-level security does not bind a table's owner, a superuser, or a role with BYPASSRLS. So
requests go through a second login, which has what the policies leave it and nothing else. Its
name and password follow from the owner's, unless a URL for it is given: processes of one
installation know them without telling each other. Roles belong to a server and not to a
database: whoever migrates makes the login and grants it what each table wants.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg
import structlog

from adapters.postgres.link.address import plain_url
from adapters.postgres.link.errors import port_errors
from adapters.postgres.migrations.isolation import SHARED
from ports.storage import StorageUnavailable

log = structlog.get_logger(__name__)

_CONNECT_TIMEOUT_S = 10.0
_NAME_MAX = 63
_SCRAM_ROUNDS = 4096

# Written once: an entry, a posting, a decision is never changed, by whomever.
_APPENDED = frozenset(
    {"audit", "decision_rules", "decisions", "fills", "ledger", "notices", "postings", "signals"}
)
# Sequences that rows of requests draw from.
_DRAWN = frozenset({"audit_seq", "signals_place_seq"})
# Reached through the table that they are parts of.
_PARTS = "signals_"
# Written by the background, or by who founds a tenant.
_READ = frozenset({"audit_links", "tenants", "used_keys"})
# Of what no tenant owns, requests reach only this.
_OF_SHARED = {
    "order_transitions": ("SELECT",),
    "broker_reports": ("SELECT", "INSERT", "UPDATE"),
    "applied_reports": ("SELECT", "INSERT"),
    "secret_keys": ("SELECT", "UPDATE"),
    # Which lap a new account begins in.
    "replay_cursors": ("SELECT",),
    "pattern_states": ("SELECT",),
}
_HELD = """
SELECT c.relname, c.relkind = 'S' AS is_sequence, ARRAY(
    SELECT p FROM unnest(CASE c.relkind WHEN 'S' THEN ARRAY['USAGE', 'SELECT', 'UPDATE']
        ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
    END) p WHERE CASE c.relkind WHEN 'S' THEN has_sequence_privilege($1, c.oid, p)
        ELSE has_table_privilege($1, c.oid, p) END
) AS held
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    AND c.relkind IN ('r', 'p', 'v', 'S') ORDER BY c.relname"""
# Where the server's administrator took from PUBLIC what anyone may call otherwise.
_UNCALLABLE = """
SELECT p.oid::regprocedure::text AS routine FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) = current_user
    AND NOT has_function_privilege($1::name, p.oid, 'EXECUTE') ORDER BY 1"""
_BYPASSES = """
SELECT CASE
    WHEN r.rolsuper THEN 'is a superuser'
    WHEN r.rolbypassrls THEN 'has BYPASSRLS'
    WHEN EXISTS (
        SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
            AND c.relkind IN ('r', 'p', 'v') AND pg_has_role(r.oid, c.relowner, 'MEMBER')
    ) THEN 'owns tables, or may become who does'
END FROM pg_roles r WHERE r.rolname = session_user"""


class Fetching(Protocol):
    """A connection, whoever's."""

    async def fetchval(self, query: str, /) -> Any:
        """Return the first value of the first row."""
        ...


class RowSecurityMissing(StorageUnavailable):
    """Requests could read every tenant's rows, or none at all; the message says what to do."""


def app_url(url: str, *, given: str | None = None) -> str:
    """Return the URL by which requests are answered: the given one, else one that follows."""
    if given is not None:
        return plain_url(given)
    parts = urlsplit(plain_url(url))
    owner, password = unquote(parts.username or ""), unquote(parts.password or "")
    place = parts.netloc.rpartition("@")[2]
    own = _password(owner, password)
    login = quote(_login(owner), safe="") + (f":{own}" if own else "")
    return urlunsplit(parts._replace(netloc=f"{login}@{place}"))


async def settle_login(url: str, *, given: str | None = None) -> None:
    """Make the login that answers requests if it is missing; raises RowSecurityMissing.

    One whose URL is given is its administrator's to make.
    """
    asked = app_url(url, given=given)
    if given is not None or await _opens(asked):
        return
    name, password = _credentials(asked)
    with port_errors():
        owner = await asyncpg.connect(plain_url(url), timeout=_CONNECT_TIMEOUT_S)
        try:
            await _make(owner, name=name, password=password)
        except asyncpg.InsufficientPrivilegeError as problem:
            raise RowSecurityMissing(
                "the database's user may not make the login that answers requests: let an"
                " administrator run CREATE ROLE ballast_app LOGIN PASSWORD '…', name it by"
                " BALLAST_DATABASE_APP_URL, and run `ballast migrate` again"
            ) from problem
        finally:
            await owner.close(timeout=_CONNECT_TIMEOUT_S)
    if not await _opens(asked):
        raise RowSecurityMissing(
            f"the server does not let the login {name} in: make one of your own, owner of"
            " nothing, and name it by BALLAST_DATABASE_APP_URL"
        )
    log.info("database.login_made", login=name)


async def settle_privileges(connection: Any, *, login: str) -> None:
    """Grant the login what requests need of every table, and take the rest.

    Raises RowSecurityMissing when there is no such login. An owner's is left as it is:
    whether it may answer requests is looked at when it does.
    """
    if login == await connection.fetchval("SELECT current_user"):
        return
    role = await connection.fetchval("SELECT quote_ident($1)", login)
    if not await connection.fetchval("SELECT to_regrole($1) IS NOT NULL", role):
        raise RowSecurityMissing(
            f"there is no login {login}: let an administrator run CREATE ROLE {role} LOGIN"
            " PASSWORD '…', and run `ballast migrate` again"
        )
    statements = [f"GRANT USAGE ON SCHEMA public TO {role}"]
    for row in await connection.fetch(_HELD, login):
        name, wanted = row["relname"], _wanted(row["relname"], is_sequence=row["is_sequence"])
        if set(row["held"]) == set(wanted):
            continue
        kind = "SEQUENCE" if row["is_sequence"] else "TABLE"
        statements.append(f"REVOKE ALL ON {kind} {name} FROM {role}")
        if wanted:
            statements.append(f"GRANT {', '.join(wanted)} ON {kind} {name} TO {role}")
    statements += [
        f"GRANT EXECUTE ON ROUTINE {row['routine']} TO {role}"
        for row in await connection.fetch(_UNCALLABLE, login)
    ]
    await connection.execute(";".join(statements))
    await _let_in(connection, name=login)


def login_of(url: str) -> str:
    """Return the name that a URL logs in with."""
    return _credentials(url)[0]


async def must_be_bound(connection: Fetching) -> None:
    """Raise RowSecurityMissing when no policy binds whoever is logged in here."""
    why = await connection.fetchval(_BYPASSES)
    if why is not None:
        name = await connection.fetchval("SELECT session_user")
        raise RowSecurityMissing(
            f"requests would be answered by {name}, who {why}: row-level security does not bind"
            " it; name a login that owns nothing by BALLAST_DATABASE_APP_URL"
        )


async def look_at_login(url: str, *, given: str | None = None) -> str:
    """Return the login that answers requests; raises RowSecurityMissing, StorageUnavailable."""
    asked = app_url(url, given=given)
    with port_errors():
        connection = await asyncpg.connect(asked, timeout=_CONNECT_TIMEOUT_S)
        try:
            await must_be_bound(connection)
        finally:
            await connection.close(timeout=_CONNECT_TIMEOUT_S)
    return login_of(asked)


def _wanted(name: str, *, is_sequence: bool) -> tuple[str, ...]:
    if is_sequence:
        return ("USAGE",) if name in _DRAWN else ()
    if name.startswith(_PARTS):
        return ()
    if name in SHARED:
        return _OF_SHARED.get(name, ())
    if name in _READ:
        return ("SELECT",)
    if name in _APPENDED:
        return ("SELECT", "INSERT")
    return ("SELECT", "INSERT", "UPDATE", "DELETE")


def _login(owner: str) -> str:
    return f"{owner[: _NAME_MAX - 4]}_app"


def _password(owner: str, password: str) -> str:
    """Return the login's password: whoever knows the owner's knows it, and not vice versa."""
    if not password:
        return ""
    told = hmac.new(password.encode(), f"ballast app {owner}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _credentials(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


async def _opens(url: str) -> bool:
    """Tell whether the login is let in; raises StorageUnavailable for a server that is away."""
    with port_errors():
        try:
            connection = await asyncpg.connect(url, timeout=_CONNECT_TIMEOUT_S)
        except (
            asyncpg.InvalidAuthorizationSpecificationError,
            # Into the server it is let, into this database not.
            asyncpg.InsufficientPrivilegeError,
        ):
            return False
        await connection.close(timeout=_CONNECT_TIMEOUT_S)
    return True


async def _make(owner: "asyncpg.Connection[asyncpg.Record]", *, name: str, password: str) -> None:
    quoted = await owner.fetchval("SELECT quote_ident($1)", name)
    known = await owner.fetchval("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)", name)
    # The server is told what checks the password, which so stands in no log of its own.
    secret = f" PASSWORD '{_scram(password)}'" if password else ""
    change = "ALTER" if known else "CREATE"
    try:
        await owner.execute(f"{change} ROLE {quoted} LOGIN{secret}")
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):
        # Another process was first, and made the same.
        log.info("database.login_there", login=name)
    except asyncpg.InternalServerError as problem:
        # Two who set the same password at once: the other did it.
        if "concurrently" not in str(problem):
            raise
    await _let_in(owner, name=name)


async def _let_in(connection: Any, *, name: str) -> None:
    """Let a login into the database where not everybody is."""
    place = await connection.fetchrow(
        "SELECT quote_ident(current_database()) AS database, quote_ident($1) AS role,"
        " has_database_privilege($1::name, current_database()::text, 'CONNECT') AS is_in",
        name,
    )
    if not place["is_in"]:
        await connection.execute(
            f"GRANT CONNECT ON DATABASE {place['database']} TO {place['role']}"
        )


def _scram(password: str) -> str:
    """Return what SCRAM-SHA-256 checks the password by (RFC 5802, RFC 7677)."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ROUNDS)
    client = hmac.new(salted, b"Client Key", hashlib.sha256).digest()
    server = hmac.new(salted, b"Server Key", hashlib.sha256).digest()
    stored = hashlib.sha256(client).digest()
    told = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_SCRAM_ROUNDS}:{told[0]}${told[1]}:{told[2]}"
