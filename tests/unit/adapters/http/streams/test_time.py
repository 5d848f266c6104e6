"""What time does to a WebSocket, in time that nobody waits for."""

import asyncio

import pytest

from adapters.http.app import streams_of
from adapters.http.settings import HttpSettings
from application.identity.deps import Asking
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from tests.unit.adapters.http.context import Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, connected
from tests.virtual_time import in_virtual_time


def _bearer(context: Context) -> dict[str, str]:
    return {"Authorization": f"Bearer {context.token}"}


@pytest.mark.parametrize("how", ["expired", "revoked"])
@in_virtual_time
async def test_a_token_that_ends_ends_the_connection_within_a_second(how: str) -> None:
    async with (
        open_context() as context,
        connected(context.app, headers=_bearer(context)) as socket,
    ):
        await socket.next("welcome")
        if how == "expired":
            context.clock.advance(300)
        else:
            context.tokens.revoked.add(context.token)
        async with asyncio.timeout(1.0):
            with pytest.raises(Closed, match="1008"):
                await socket.next("none")


@in_virtual_time
async def test_a_session_that_is_revoked_ends_its_connection_at_once() -> None:
    async with open_context() as context:
        tried = LoginTry(
            email=context.founded.owner.email, password=context.founded.password, lasting=True
        )
        here, there = [await context.facades.identity.login(tried) for _ in range(2)]
        assert isinstance(here, IssuedToken)
        assert isinstance(there, IssuedToken)
        headers = {"Authorization": f"Bearer {here.token}"}
        async with connected(context.app, headers=headers) as socket:
            await socket.next("welcome")
            asking = Asking(principal=there.principal)
            session_id = here.principal.session_id
            assert session_id is not None
            await context.facades.identity.sessions.revoke(asking, session_id=session_id)
            (told,) = await context.storage.identity_feed.since(0, limit=9)
            streams_of(context.app).changed(told)
            # Not at the next half second: as soon as the feed says it.
            async with asyncio.timeout(0.01):
                with pytest.raises(Closed, match="1008"):
                    await socket.next("none")


@pytest.mark.parametrize("says_so", [True, False])
@in_virtual_time
async def test_after_a_step_up_a_connection_goes_on_under_the_new_token_alone(
    says_so: bool,
) -> None:
    async with open_context() as context:
        identity, password = context.facades.identity, context.founded.password
        tried = LoginTry(email=context.founded.owner.email, password=password, lasting=True)
        before = await identity.login(tried)
        assert isinstance(before, IssuedToken)
        headers = {"Authorization": f"Bearer {before.token}"}
        async with connected(context.app, headers=headers) as socket:
            await socket.next("welcome")
            context.clock.advance(60)
            asking = Asking(principal=before.principal)
            after = await identity.step_up.by_password(asking, password=password)
            assert isinstance(after, IssuedToken)
            if says_so:
                socket.say(op="authenticate", token=after.token)
                await socket.next("authenticated")
            (told,) = await context.storage.identity_feed.since(0, limit=9)
            streams_of(context.app).changed(told)
            socket.say(op="ping")
            if says_so:
                await asyncio.sleep(5)
                await socket.next("pong")
                return
            await asyncio.sleep(1)
            with pytest.raises(Closed, match="1008"):
                await socket.next("none")


@in_virtual_time
async def test_a_ticket_of_a_session_that_ended_since_lets_nobody_in() -> None:
    async with open_context() as context, context.client() as client:
        ticket = (await client.post("/api/v1/ws/ticket")).json()["ticket"]
        assert (await client.post("/api/v1/auth/logout")).status_code == 204
        with pytest.raises(Closed, match="401"):
            async with connected(context.app, query=f"ticket={ticket}"):
                pass


@in_virtual_time
async def test_a_newer_token_of_the_same_user_keeps_it_open() -> None:
    async with (
        open_context() as context,
        connected(context.app, headers=_bearer(context)) as socket,
    ):
        welcome = await socket.next("welcome")
        context.clock.advance(200)
        owner = context.founded.owner
        newer, _ = context.tokens.issue(user_id=owner.id, tenant_id=owner.tenant_id)
        socket.say(op="authenticate", token=newer, id="a")
        told = await socket.next("authenticated")
        assert told["expires_at"] > welcome["expires_at"]
        context.clock.advance(200)
        await asyncio.sleep(5)
        socket.say(op="ping")
        await socket.next("pong")
        strangers, _ = await context.other_tenant()
        socket.say(op="authenticate", token=strangers)
        assert (await socket.next("error"))["problem"]["status"] == 401


@in_virtual_time
async def test_silence_is_filled_with_heartbeats() -> None:
    settings = HttpSettings(access_log=False, heartbeat_s=10)
    async with (
        open_context(settings) as context,
        connected(context.app, headers=_bearer(context)) as socket,
    ):
        await socket.next("welcome")
        context.clock.advance(10.1)
        assert (await socket.next())["type"] == "heartbeat"


@in_virtual_time
async def test_a_reader_that_reads_nothing_is_let_go() -> None:
    settings = HttpSettings(access_log=False, heartbeat_s=10)
    async with (
        open_context(settings) as context,
        connected(context.app, headers=_bearer(context)) as socket,
    ):
        await socket.next("welcome")
        socket.reads.clear()
        socket.say(op="ping")
        await socket.is_quiet()
        context.clock.advance(31)
        with pytest.raises(Closed, match="1001"):
            await socket.next("none")
