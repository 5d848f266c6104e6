"""Without its database a server accepts nothing, says so, and goes on once it is back."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bootstrap.container import compose
from bootstrap.lifecycle import Lifecycle
from bootstrap.settings.load import load_settings
from tests.integration.bootstrap.many import program, until
from tests.postgres_server import server_at
from tests.services.proxy import FaultProxy
from tests.services.service import Service
from tests.torture.context import Context
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(900)


def test_orders_are_refused_before_acceptance_while_the_database_is_away(
    tmp_path: Path, own_postgres: Service
) -> None:
    with (
        server_at(own_postgres.url) as server,
        server.fresh_database() as url,
        program(
            tmp_path / "data",
            "serve",
            BALLAST_PROFILE="cluster",
            BALLAST_DATABASE_URL=url,
            BALLAST_REPLAY_PAUSED="true",
        ) as running,
    ):
        until(running.is_up, within_s=90, told=running.tail)
        headers = {"Authorization": f"Bearer {running.token()}"}
        account_id = asyncio.run(_account(running.url, running.token()))
        body = {
            "account_id": account_id,
            "symbol": "IBM",
            "side": "buy",
            "type": "limit",
            "limit_price": "100",
            "quantity": "1",
        }
        with httpx.Client(base_url=running.url, headers=headers, timeout=30) as http:

            def submitted() -> httpx.Response:
                return http.post("/api/v1/orders", json=body, headers={"Idempotency-Key": "one"})

            until(lambda: http.get("/health/ready").status_code == 200, told=running.tail)
            own_postgres.kill()
            try:
                refused = submitted()
                assert refused.status_code == 503, refused.text
                assert int(refused.headers["Retry-After"]) >= 1
                until(lambda: http.get("/health/ready").status_code == 503, told=running.tail)
                assert http.get("/health/live").status_code == 200
            finally:
                own_postgres.restart()
            until(lambda: http.get("/health/ready").status_code == 200, told=running.tail)
            # The same key: whatever became of the first try, there is one order.
            until(lambda: submitted().status_code == 201, told=running.tail)
            orders = http.get("/api/v1/orders", params={"account_id": account_id}).json()["items"]
            assert len(orders) == 1


async def test_a_database_that_is_frozen_is_known_before_a_statement_times_out(
    tmp_path: Path, database_url: str
) -> None:
    place = urlsplit(database_url)
    async with FaultProxy(upstream_port=place.port or 5432) as proxy:
        at_proxy = place._replace(netloc=place.netloc.replace(str(place.port), str(proxy.port)))
        environment = {
            "BALLAST_CONFIG": "",
            "BALLAST_PROFILE": "cluster",
            "BALLAST_DATABASE_URL": at_proxy.geturl(),
            "BALLAST_DATA_DIR": str(tmp_path),
            "BALLAST_REPLAY_PAUSED": "true",
        }
        parts = compose(load_settings(environment=environment).settings)
        lifecycle = Lifecycle(parts)
        await lifecycle.start()
        try:
            await eventually(parts.health.is_ready)
            proxy.blackhole()
            await eventually(lambda: not parts.health.is_ready())
            (database,) = [one for one in parts.health.components() if one.name == "database"]
            # By its silence: the limits of statements come later.
            assert "has said nothing" in database.detail
            await proxy.heal()
            await eventually(parts.health.is_ready, within_s=60)
        finally:
            await lifecycle.stop()


async def _account(url: str, token: str) -> str:
    async with Context(url=url, token=token) as context:
        await context.drop_rules()
        return await context.open_account("away")
