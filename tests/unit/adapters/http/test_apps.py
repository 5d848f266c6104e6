"""Applications that contexts lend one another keep nothing of the context before."""

from tests.unit.adapters.http.context import open_context


async def test_a_desk_sees_nothing_of_the_one_before() -> None:
    async with open_context() as context, context.client() as client:
        before = context.app
        assert (await client.post("/api/v1/orders", json=context.order())).status_code == 201
        assert 'method="POST"' in (await client.get("/metrics")).text
    # The pool gives what came back last.
    async with open_context() as context, context.client() as client:
        assert context.app is before
        assert 'method="POST"' not in (await client.get("/metrics")).text
        assert (await client.get("/api/v1/orders")).json()["items"] == []
        assert (await client.post("/api/v1/orders", json=context.order())).status_code == 201


async def test_desks_that_are_open_at_once_share_no_application() -> None:
    async with open_context() as one, open_context() as other:
        assert one.app is not other.app
        async with one.client() as client, other.client() as others:
            assert (await client.post("/api/v1/orders", json=one.order())).status_code == 201
            assert len((await client.get("/api/v1/orders")).json()["items"]) == 1
            assert (await others.get("/api/v1/orders")).json()["items"] == []
