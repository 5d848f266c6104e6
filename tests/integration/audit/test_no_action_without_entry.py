"""Invariant 12: where an entry cannot be stored, the action does not happen, on any route."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from bootstrap.areas import notifications
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from domain.identity.access import Role
from domain.risk.strategy_stop import StrategyStop, stopped_as
from ports.market import ReplayPlace, ReplayState
from ports.risk import STRATEGY_STOPS
from tests.builders import new_id
from tests.deleverage_plans import add_plan
from tests.integration.audit.routes import (
    API_KEY,
    CASES,
    DECLARED,
    NOTHING,
    RULE,
    SAVED,
    THINGS,
    TOKEN,
    Case,
    Known,
    changing_routes,
    name_of,
    path_of,
    plan_of,
)
from tests.integration.audit.visitors import token_of, visitors_of
from tests.notification_things import KINDS, add_thing
from tests.pending_changes import add_pending_change
from tests.tenants import add_user
from tests.unit.adapters.http.context import EMAIL, Context, open_context
from tests.unit.adapters.http.test_streams_monitor import beat, look

PARKED = 2
PARKED_TOO = PARKED + 1
# Kept of requests, not of what they do: claims of keys, tries, and what runs by itself.
_BESIDE = {
    "claims",
    "attempts",
    "leases",
    "process_parts",
    "replay_pulses",
    "reader_cursors",
    "passkey_challenges",
    "stream_tickets",
}
REFUSE = """
    CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100';
    END
    $$;
    CREATE TRIGGER refused BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit()
"""


class Replay:
    """A replay that tells whether it was steered."""

    def __init__(self) -> None:
        self.steered = 0

    def pause(self) -> None:
        self.steered += 1

    def resume(self) -> None:
        self.steered += 1

    def state(self) -> ReplayState:
        return ReplayState.RUNNING

    def place(self) -> ReplayPlace:
        return ReplayPlace()


@asynccontextmanager
async def context_on(url: str, folder: Path, *, replay: Replay) -> AsyncIterator[Context]:
    """Give the whole application behind HTTP, over a Postgres."""
    settings = Settings(profile="cluster", database_url=url, data_dir=folder)

    def over(system: System) -> Storage:
        return build_postgres(settings=settings, system=system)

    async with open_context(storage_of=over, replay=replay) as context:
        # Nothing is sent here, and the clock jumps ahead: what waits is no backlog.
        context.facades.orders.submitting.backlog.limit_s = None
        yield context


async def prepared(
    context: Context, client: httpx.AsyncClient, connection: "asyncpg.Connection[asyncpg.Record]"
) -> Known:
    """Make one of each thing that can be changed."""
    orders = []
    for number in range(PARKED_TOO + 1):
        # A parked order keeps others off its symbol.
        symbol = "MSFT" if number >= PARKED else "AAPL"
        order = context.order(symbol=symbol, limit_price=f"9{number}.5", quantity=f"{3 + number}")
        made = await client.post("/api/v1/orders", json=order)
        assert made.status_code == httpx.codes.CREATED, made.text
        orders.append(made.json()["id"])
    parked = [UUID(orders[number]) for number in (PARKED, PARKED_TOO)]
    for state in ("submitted", "unknown", "parked"):
        await connection.execute("UPDATE orders SET state = $2 WHERE id = ANY($1)", parked, state)
    # What was changed behind its back, the application is to read again.
    await connection.execute("UPDATE books SET version = version + 1")
    rules = [(await client.post("/api/v1/risk-rules", json=RULE)).json()["id"] for _ in range(2)]
    await _stop_strategy(context, rule_id=UUID(rules[0]))
    portfolio = (await client.get("/api/v1/portfolios")).json()["items"][0]["id"]
    halted = await client.post(
        "/api/v1/accounts", json={"portfolio_id": portfolio, "name": "Halted"}
    )
    halted_id = halted.json()["id"]
    stop = {"scope": "account", "account_id": halted_id, "reason": "to be released"}
    stopped = await client.post("/api/v1/kill-switch/activate", json=stop)
    assert stopped.status_code == httpx.codes.OK, stopped.text
    await connection.execute("UPDATE latches SET canceled_at = now()")
    for name in ("running", "paused"):
        await beat(context, name)
    await client.post("/api/v1/agents/paused/pause")
    context.log.make_topic("ballast.commands.v1")
    context.log.commit("ballast.commands", topic="ballast.commands.v1", offset=0)
    await look(context)
    others = await others_of(client, context=context)
    visitors, bodies = await visitors_of(context, client)
    return Known(
        context=context,
        order_id=orders[0],
        other_order_id=orders[1],
        parked_id=orders[PARKED],
        parked_too_id=orders[PARKED_TOO],
        rule_id=rules[0],
        other_rule_id=rules[1],
        portfolio_id=portfolio,
        halted_id=halted_id,
        others={**others, **visitors},
        bodies=bodies,
    )


async def _stop_strategy(context: Context, *, rule_id: UUID) -> None:
    """Have the rule have stopped a strategy that ran away."""
    stop = StrategyStop(
        id=new_id(),
        tenant_id=context.founded.tenant.id,
        rule_id=rule_id,
        strategy=stopped_as("momentum"),
        executions=5,
        stopped_at=context.clock.now(),
    )
    async with context.storage.works.begin(stop.tenant_id) as work:
        await work.records(STRATEGY_STOPS).add(stop)


async def others_of(client: httpx.AsyncClient, *, context: Context) -> dict[str, str]:
    """Make a member with an account, a token, workspaces and a broker's key; return their ids."""
    made = {
        "member_id": await client.post("/api/v1/members", json={"name": "momentum"}),
        "token_id": await client.post("/api/v1/tokens", json=TOKEN),
        "default": await client.post("/api/v1/user/workspace", json=SAVED),
        "workspace_id": await client.post("/api/v1/user/workspace", json={**SAVED, "name": "B"}),
        "key_id": await client.post("/api/v1/api-keys", json=API_KEY),
    }
    for name, answer in made.items():
        assert answer.status_code == httpx.codes.CREATED, (name, answer.text)
    ids = {name: answer.json()["id"] for name, answer in made.items()}
    granted = f"/api/v1/members/{ids['member_id']}/accounts/{context.account_id}"
    assert (await client.put(granted, json={"level": "role"})).status_code == httpx.codes.OK
    trustee = replace(context.founded.owner, id=new_id(), email="trustee@example.com")
    await add_user(context.storage.members, trustee, role=Role.TRUSTEE)
    ids["trustee"] = str(trustee.id)
    planned = await client.put("/api/v1/succession/plan", json=plan_of(ids))
    assert planned.status_code == httpx.codes.OK, planned.text
    for route, case in DECLARED.items():
        for name, kind in case.ids.items():
            own = f"{route} {name}"
            if kind == "pending_change":
                # No route makes one of a tenant that has one member and trades on paper.
                works, tenant_id = context.storage.works, context.founded.tenant.id
                ids[own] = str(await add_pending_change(works, tenant_id=tenant_id))
                continue
            if kind == "account":
                ids[own] = str(context.account_id)
                continue
            if kind == "deleverage_plan":
                # One that has to be made stands in no account that is flat.
                ids[own] = str(
                    await add_plan(
                        context.storage.works,
                        tenant_id=context.founded.tenant.id,
                        account_id=context.account_id,
                    )
                )
                continue
            if kind in KINDS:
                ids[own] = str(
                    await add_thing(
                        context.parts.of(notifications.build).use_cases.inbox.context,
                        kind,
                        tenant_id=context.founded.tenant.id,
                        user_id=context.founded.owner.id,
                    )
                )
                continue
            thing = THINGS[kind]
            unique = {thing.unique: name_of(own)} if thing.unique else {}
            method, path = thing.made_by.split()
            account = {thing.of_account: str(context.account_id)} if thing.of_account else {}
            done = await client.request(method, path, json={**thing.body, **unique, **account})
            ids[own] = done.json()["id"]
    return ids


async def contents(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    """Return a digest of each table that holds what actions change."""
    tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' ORDER BY relname"
    )
    found = {}
    for row in tables:
        name = row["relname"]
        if name not in _BESIDE:
            lines = await connection.fetch(f"SELECT t::text AS line FROM {name} t ORDER BY 1")
            joined = "\n".join(line["line"] for line in lines)
            found[name] = hashlib.sha256(joined.encode()).hexdigest()
    return found


async def asked(
    client: httpx.AsyncClient, method: str, path: str, *, case: Case, known: Known
) -> httpx.Response:
    body = case.body(known)
    headers = {}
    if case.whose:
        session = known.others.get(f"token of {case.whose}")
        token = session or token_of(known.context, known.others[case.whose])
        headers["Authorization"] = f"Bearer {token}"
    path = path_of(path, case=case, known=known)
    return await client.request(method, path, json=body, params=case.query, headers=headers)


@pytest.mark.timeout(900)
async def test_what_cannot_be_recorded_does_not_happen(database_url: str, tmp_path: Path) -> None:
    replay = Replay()
    connection = await asyncpg.connect(database_url)
    async with (
        context_on(database_url, tmp_path, replay=replay) as context,
        context.client() as client,
    ):
        assert changing_routes(context) == set(CASES), (
            "each route that changes something has a case"
        )
        known = await prepared(context, client, connection)
        await connection.execute(REFUSE)
        before = await contents(connection)
        for (method, path), case in CASES.items():
            reply = await asked(client, method, path, case=case, known=known)
            if case.unrecorded:
                assert reply.status_code in case.ok, (method, path, reply.text)
                if case.unrecorded == NOTHING:
                    assert await contents(connection) == before, (method, path)
                continue
            assert reply.status_code == case.refused, (method, path, reply.text)
            if case.refused >= httpx.codes.INTERNAL_SERVER_ERROR:
                assert reply.headers["content-type"] == "application/problem+json"
            assert await contents(connection) == before, (method, path)
        assert replay.steered == 0
        right = {"email": EMAIL, "password": context.founded.password}
        login = await client.post("/api/v1/auth/token", json=right)
        # The failed try above makes the next one wait, whatever it says.
        assert login.status_code in {429, 503}
        await connection.execute("DROP TRIGGER refused ON audit")
        for (method, path), case in CASES.items():
            if case.unrecorded:
                continue
            recorded = await connection.fetchval("SELECT coalesce(max(seq), 0) FROM audit")
            if path == "/api/v1/auth/token":
                context.clock.advance(60)
            reply = await asked(client, method, path, case=case, known=known)
            assert reply.status_code in case.ok, (method, path, reply.text)
            if path == "/api/v1/auth/step-up":
                # The token from before it is over.
                known.others[f"token of {case.whose}"] = reply.json()["access_token"]
            actions = await connection.fetch(
                "SELECT action, ip, mac FROM audit WHERE seq > $1", recorded
            )
            assert case.action in {row["action"] for row in actions}, (method, path)
            assert all(row["mac"] is not None for row in actions), (method, path)
            assert {row["ip"] for row in actions} == {"127.0.0.1"}, (method, path)
    await connection.close()


@pytest.mark.timeout(900)
async def test_nobody_is_let_in_without_an_entry(database_url: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(database_url)
    async with (
        context_on(database_url, tmp_path, replay=Replay()) as context,
        context.client() as client,
    ):
        right = {"email": EMAIL, "password": context.founded.password}
        await connection.execute(REFUSE)
        refused = await client.post("/api/v1/auth/token", json=right)
        assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "access_token" not in refused.text
        await connection.execute("DROP TRIGGER refused ON audit")
        context.clock.advance(60)
        let_in = await client.post("/api/v1/auth/token", json=right)
        assert let_in.status_code == httpx.codes.OK
        actions = await connection.fetch("SELECT action FROM audit")
        assert "identity.login" in {row["action"] for row in actions}
    await connection.close()
