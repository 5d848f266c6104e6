"""What one caller's task decides for another says of the other where it came from."""

import asyncio

import httpx

from domain.audit.origin import Origin, coming_from, plain_agent
from tests.memory import database_of
from tests.unit.adapters.http.context import open_context


async def test_orders_that_are_stored_together_keep_their_own_origins() -> None:
    async with open_context() as context:

        async def submit(agent: str) -> None:
            async with context.client() as client:
                order = context.order(client_order_id=agent, quantity=agent.removeprefix("desk-"))
                reply = await client.post(
                    "/api/v1/orders", json=order, headers={"User-Agent": agent}
                )
                assert reply.status_code == httpx.codes.CREATED, reply.text

        agents = [f"desk-{number}" for number in range(1, 13)]
        await asyncio.gather(*(submit(agent) for agent in agents))
        database = database_of(context.storage.users)
        said = {
            database.orders[order_id].client_order_id: entry.user_agent
            for entry in database.audit
            for order_id in database.orders
            if entry.action == "order.submit" and entry.subject == str(order_id)
        }
    assert said == {agent: agent for agent in agents}


def test_an_origin_ends_with_its_block() -> None:
    with coming_from(Origin(ip="192.0.2.1")):
        with coming_from(Origin(ip="192.0.2.2")):
            pass
        assert plain_agent("a\nb") == "a?b"
