"""Handshakes: tickets beside the address, seats for everyone, and refusals that are counted."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import structlog

from adapters.http.settings import HttpSettings
from tests.unit.adapters.http.context import Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, connected


async def _ticket(context: Context) -> dict[str, Any]:
    async with context.client() as client:
        told: dict[str, Any] = (await client.post("/api/v1/ws/ticket")).json()
    return told


def _bearer(context: Context) -> dict[str, str]:
    return {"Authorization": f"Bearer {context.token}"}


async def test_a_ticket_is_taken_beside_the_protocol(context: Context) -> None:
    told = await _ticket(context)
    assert told["protocols"] == ["ballast.v1", f"ballast.ticket.{told['ticket']}"]
    async with connected(context.app, protocols=told["protocols"]) as socket:
        assert socket.protocol == "ballast.v1"
        assert (await socket.next())["type"] == "welcome"
    with pytest.raises(Closed, match="401"):
        async with connected(context.app, protocols=told["protocols"]):
            pass


async def test_the_answer_never_repeats_a_ticket(context: Context) -> None:
    told = await _ticket(context)
    async with connected(context.app, protocols=list(reversed(told["protocols"]))) as socket:
        assert socket.protocol == "ballast.v1"
    async with connected(context.app, headers=_bearer(context), protocols=["other"]) as socket:
        assert socket.protocol is None
    async with connected(context.app, headers=_bearer(context)) as socket:
        assert socket.protocol is None


@pytest.mark.parametrize(
    ("protocols", "query"),
    [
        (["ballast.ticket.TICKET"], ""),
        (["ballast.v1", "ballast.ticket.TICKET", "ballast.ticket.TICKET"], ""),
        (["ballast.v1", "ballast.ticket.TICKET"], "ticket=TICKET"),
        ([], "ticket=TICKET&ticket=TICKET"),
    ],
)
async def test_a_ticket_in_doubt_is_refused_and_not_used_up(
    context: Context, protocols: list[str], query: str
) -> None:
    told = await _ticket(context)

    def filled(text: str) -> str:
        return text.replace("TICKET", str(told["ticket"]))

    with pytest.raises(Closed, match="400"):
        async with connected(
            context.app, query=filled(query), protocols=[filled(one) for one in protocols]
        ):
            pass
    async with connected(context.app, protocols=told["protocols"]) as socket:
        assert (await socket.next())["type"] == "welcome"


@asynccontextmanager
async def _crowd(context: Context, *sockets: Any) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for one in sockets:
            await stack.enter_async_context(one)
        yield


def _from(context: Context, address: str, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token or context.token}"}
    return connected(context.app, headers=headers, client=address)


async def test_a_network_has_so_many_and_another_its_own() -> None:
    settings = HttpSettings(access_log=False, websockets_per_network=2)
    async with open_context(settings) as context:
        first = [_from(context, f"2001:db8:1:1::{one}") for one in (1, 2)]
        async with _crowd(context, *first):
            with pytest.raises(Closed) as refused:
                async with _from(context, "2001:db8:1:1::3"):
                    pass
            assert (refused.value.code, refused.value.reason) == (
                429,
                "/problems/too-many-requests",
            )
            async with _crowd(
                context, _from(context, "2001:db8:1:2::1"), _from(context, "192.0.2.1")
            ):
                pass
        # Whoever leaves makes room.
        async with _from(context, "2001:db8:1:1::3"):
            pass


async def test_behind_a_proxy_it_is_the_client_s_network_that_counts() -> None:
    settings = HttpSettings(
        access_log=False, websockets_per_network=1, trusted_proxies=("10.0.0.0/8",)
    )

    def behind(context: Context, address: str) -> Any:
        headers = {**_bearer(context), "X-Forwarded-For": address}
        return connected(context.app, headers=headers, client="10.0.0.1")

    async with (
        open_context(settings) as context,
        behind(context, "192.0.2.1"),
        behind(context, "192.0.2.2"),
    ):
        with pytest.raises(Closed, match="429"):
            async with behind(context, "192.0.2.1"):
                pass


async def test_a_user_has_so_many_wherever_they_come_from() -> None:
    async with open_context(HttpSettings(access_log=False, websockets_per_user=2)) as context:
        other, _ = await context.other_tenant()
        async with _crowd(context, _from(context, "192.0.2.1"), _from(context, "192.0.2.2")):
            with pytest.raises(Closed, match="429"):
                async with _from(context, "192.0.2.3"):
                    pass
            async with _from(context, "192.0.2.3", other) as socket:
                assert (await socket.next())["type"] == "welcome"
        async with _from(context, "192.0.2.3"):
            pass


async def test_a_refused_handshake_takes_no_seat() -> None:
    settings = HttpSettings(access_log=False, websockets_per_network=1, websockets_max=1)
    async with open_context(settings) as context:
        for _ in range(3):
            with pytest.raises(Closed, match="401"):
                async with _from(context, "192.0.2.1", "forged"):
                    pass
        async with _from(context, "192.0.2.1"):
            pass


async def test_refusals_are_one_line_and_one_count_each() -> None:
    settings = HttpSettings(access_log=False, metrics_public=True)
    async with open_context(settings) as context:
        with structlog.testing.capture_logs() as lines:
            forged = {"Authorization": "Bearer forged"}
            for path in ("/ws/v1", "/ws/v1", "/ws/v2"):
                with pytest.raises(Closed):
                    async with connected(context.app, headers=forged, path=path):
                        pass
        async with connected(context.app, headers=_bearer(context)), context.client() as client:
            page = (await client.get("/metrics")).text
    told = [(one["event"], one["log_level"], one["reason"], one["status"]) for one in lines]
    unauthorized = ("streams.refused", "info", "unauthorized", 401)
    assert told == [unauthorized, unauthorized, ("streams.refused", "info", "not-found", 404)]
    assert 'ballast_websocket_refusals_total{reason="unauthorized"} 2.0' in page
    assert 'ballast_websocket_refusals_total{reason="not-found"} 1.0' in page
    assert "ballast_websockets_open 1.0" in page


async def test_a_line_of_a_refusal_holds_no_ticket(context: Context) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(Closed):
        async with connected(context.app, query="ticket=s3cret", protocols=["ballast.v1"]):
            pass
    assert "s3cret" not in repr(lines)
