"""Applications that desks lend one another keep nothing of the desk before."""

from tests.unit.adapters.http.desk import open_desk


async def test_a_desk_sees_nothing_of_the_one_before() -> None:
    async with open_desk() as desk, desk.client() as client:
        before = desk.app
        assert (await client.post("/api/v1/orders", json=desk.order())).status_code == 201
        assert 'method="POST"' in (await client.get("/metrics")).text
    # The pool gives what came back last.
    async with open_desk() as desk, desk.client() as client:
        assert desk.app is before
        assert 'method="POST"' not in (await client.get("/metrics")).text
        assert (await client.get("/api/v1/orders")).json()["items"] == []
        assert (await client.post("/api/v1/orders", json=desk.order())).status_code == 201


async def test_desks_that_are_open_at_once_share_no_application() -> None:
    async with open_desk() as one, open_desk() as other:
        assert one.app is not other.app
        async with one.client() as client, other.client() as others:
            assert (await client.post("/api/v1/orders", json=one.order())).status_code == 201
            assert len((await client.get("/api/v1/orders")).json()["items"]) == 1
            assert (await others.get("/api/v1/orders")).json()["items"] == []
