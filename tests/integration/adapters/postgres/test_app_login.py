"""The login that answers requests: who makes it, and what happens where nobody may."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres.link.app_role import RowSecurityMissing, app_url, login_of, look_at_login
from adapters.postgres.link.database import Database
from adapters.postgres.migrations.run import revisions, upgrade
from tests.postgres_server import TestServer, execute


@contextmanager
def owned(server: TestServer, *, rights: str) -> Iterator[str]:
    """Give the URL of an empty database by its owner, who has these rights and no more."""
    owner = f"owner_{uuid4().hex[:12]}"

    def run(statement: str) -> None:
        asyncio.run(execute(url=server.url, statement=statement))

    run(f"CREATE ROLE {owner} LOGIN PASSWORD 'first' {rights}")
    run(f"CREATE DATABASE {owner} OWNER {owner}")
    place = urlsplit(server.url).netloc.rpartition("@")[2]
    parts = urlsplit(server.url)._replace(netloc=f"{owner}:first@{place}", path=f"/{owner}")
    try:
        yield urlunsplit(parts)
    finally:
        run(f"DROP DATABASE {owner} WITH (FORCE)")
        run(f"DROP ROLE IF EXISTS {owner}_app")
        run(f"DROP ROLE {owner}")


def with_password(url: str, password: str) -> str:
    return url.replace(":first@", f":{password}@")


def start(url: str, *, requests_url: str | None = None) -> None:
    async def started() -> None:
        database = Database()
        await database.start(url=url, requests_url=requests_url)
        await database.stop()

    asyncio.run(started())


def test_an_owner_that_may_make_roles_makes_the_login(postgres_server: TestServer) -> None:
    with owned(postgres_server, rights="CREATEROLE") as url:
        assert asyncio.run(upgrade(url)) == revisions()
        assert asyncio.run(look_at_login(url)) == login_of(url) + "_app"
        start(url)


def test_the_logins_password_follows_the_owners(postgres_server: TestServer) -> None:
    with owned(postgres_server, rights="CREATEROLE") as url:
        asyncio.run(upgrade(url))
        change = f"ALTER ROLE {login_of(url)} PASSWORD 'second'"
        asyncio.run(execute(url=postgres_server.url, statement=change))
        changed = with_password(url, "second")
        asyncio.run(upgrade(changed))
        start(changed)
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(execute(url=app_url(url), statement="SELECT 1"))


def test_an_owner_that_may_not_says_what_to_run(postgres_server: TestServer) -> None:
    with owned(postgres_server, rights="") as url:
        with pytest.raises(RowSecurityMissing, match=r"CREATE ROLE .* BALLAST_DATABASE_APP_URL"):
            asyncio.run(upgrade(url))
        absent = app_url(url)
        with pytest.raises(RowSecurityMissing, match="there is no login"):
            asyncio.run(upgrade(url, requests_url=absent))
        login = f"CREATE ROLE {login_of(absent)} LOGIN PASSWORD '{urlsplit(absent).password}'"
        asyncio.run(execute(url=postgres_server.url, statement=login))
        assert asyncio.run(upgrade(url, requests_url=absent)) == revisions()
        start(url, requests_url=absent)


def test_what_a_login_was_given_beyond_its_need_is_taken_back(postgres_server: TestServer) -> None:
    with owned(postgres_server, rights="CREATEROLE") as url:
        asyncio.run(upgrade(url))
        app = app_url(url)
        asyncio.run(execute(url=url, statement=f"GRANT ALL ON leases TO {login_of(app)}"))
        asyncio.run(execute(url=app, statement="SELECT * FROM leases"))
        asyncio.run(upgrade(url))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            asyncio.run(execute(url=app, statement="SELECT * FROM leases"))


@pytest.mark.parametrize("given", [False, True])
def test_where_everybody_was_shut_out_the_login_is_let_in(
    postgres_server: TestServer, given: bool
) -> None:
    with owned(postgres_server, rights="CREATEROLE") as url:
        name = urlsplit(url).path[1:]
        for statement in (
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        ):
            asyncio.run(execute(url=url, statement=statement))
        app = app_url(url)
        if given:
            made = f"CREATE ROLE {login_of(app)} LOGIN PASSWORD '{urlsplit(app).password}'"
            asyncio.run(execute(url=postgres_server.url, statement=made))
        asyncio.run(upgrade(url, requests_url=app if given else None))
        start(url, requests_url=app if given else None)
        # Its policy calls one function, this another.
        asyncio.run(execute(url=app, statement="SELECT * FROM users"))
        asyncio.run(execute(url=app, statement="SELECT tenant_by_id('users', NULL)"))


@pytest.mark.parametrize("rights", ["SUPERUSER", "BYPASSRLS"])
def test_a_login_that_could_look_past_the_policies_is_refused(
    postgres_server: TestServer, rights: str
) -> None:
    with owned(postgres_server, rights="CREATEROLE") as url:
        asyncio.run(upgrade(url))
        more = f"ALTER ROLE {login_of(app_url(url))} {rights}"
        asyncio.run(execute(url=postgres_server.url, statement=more))
        with pytest.raises(RowSecurityMissing, match="does not bind"):
            start(url)
        with pytest.raises(RowSecurityMissing, match="does not bind"):
            asyncio.run(look_at_login(url))


def test_a_login_that_may_become_the_owner_is_refused(postgres_server: TestServer) -> None:
    with owned(postgres_server, rights="") as url:
        given = app_url(url)
        made = f"CREATE ROLE {login_of(given)} LOGIN PASSWORD '{urlsplit(given).password}'"
        asyncio.run(execute(url=postgres_server.url, statement=made))
        asyncio.run(upgrade(url, requests_url=given))
        member = f"GRANT {login_of(url)} TO {login_of(given)}"
        asyncio.run(execute(url=postgres_server.url, statement=member))
        with pytest.raises(RowSecurityMissing, match="may become who does"):
            start(url, requests_url=given)
