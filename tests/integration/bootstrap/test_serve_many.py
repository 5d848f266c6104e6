"""`ballast serve --workers N`: several processes look like one, and any of them may die."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.integration.bootstrap.many import Program, program, until
from tests.torture.context import Context
from tests.torture.processes import trades

# Three processes start on a machine that other things share.
pytestmark = pytest.mark.timeout(900)

WORKERS = 2
# So many connections reach both processes but for one case in 2 ** (TRIES - 1).
TRIES = 16
# A closed connection is closed within a second; a crowded machine gets room.
WATCHED_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """The processes, their owner's token and a funded account."""

    program: Program
    token: str
    account_id: str

    @property
    def url(self) -> str:
        """Where all of them answer."""
        return self.program.url

    def ask(self, method: str, path: str, *, body: Any = None, key: str = "") -> httpx.Response:
        """Ask over a connection of its own: any process may get it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=100) as http:
            return http.request(method, path, json=body)

    def buy(self, key: str) -> httpx.Response:
        """Buy ten."""
        return self.ask("POST", "/api/v1/orders", body=_order(self.account_id), key=key)

    def state_of(self, order_id: str) -> str:
        """Return an order's state, from whichever process."""
        reply = self.ask("GET", f"/api/v1/orders/{order_id}")
        return str(reply.json().get("state", reply.text))

    def ready(self) -> bool:
        """Tell whether whoever is asked is ready and trades; False when nobody answers."""
        try:
            return trades(self.ask("GET", "/health/ready"))
        except httpx.HTTPError:
            return False


def _order(account_id: str) -> dict[str, str]:
    return {
        "account_id": account_id,
        "symbol": "IBM",
        "side": "buy",
        "type": "market",
        "quantity": "10",
    }


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Many]:
    """Give the processes; Kafka is set and away, which must hold up nothing."""
    folder = tmp_path_factory.mktemp("many") / "data"
    with program(
        folder,
        "serve",
        "--workers",
        str(WORKERS),
        BALLAST_REPLAY_SECONDS_PER_DAY="0.5",
        BALLAST_KAFKA_BOOTSTRAP="127.0.0.1:1",
    ) as running:
        until(
            lambda: running.process.poll() is not None or running.is_up(),
            within_s=120,
            told=running.tail,
        )
        token = running.token()
        account_id = asyncio.run(_furnished(running.url, token))
        yield Many(program=running, token=token, account_id=account_id)


async def _furnished(url: str, token: str) -> str:
    async with Context(url=url, token=token) as context:
        await context.drop_rules()
        return await context.open_account("many")


def _filled(many: Many, order_id: str) -> None:
    until(
        lambda: many.state_of(order_id) == "filled",
        told=lambda: f"{many.state_of(order_id)} {many.program.tail()[-1000:]}",
    )


async def _closed(url: str, token: str) -> int | None:
    """Return the code that a WebSocket is closed with."""
    address = f"{url.replace('http', 'ws', 1)}/ws/v1"
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(address, additional_headers=headers, proxy=None) as socket:
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(WATCHED_S):
                while True:
                    await socket.recv()
        return socket.close_code


def test_a_revoked_session_is_dead_in_every_process_after_a_second(many: Many) -> None:
    # A user of its own: what ends here ends nothing of the other tests.
    made = many.ask("POST", "/api/v1/invitations", body={"email": "a@b.c", "role": "viewer"}).json()
    login = {"email": "a@b.c", "password": "seven copper lanterns drift"}
    body = {"token": made["token"], "name": "Ada", "password": login["password"]}
    assert many.ask("POST", "/api/v1/auth/join", body=body).status_code == 201
    said, mine = [many.ask("POST", "/api/v1/auth/login", body=login).json() for _ in range(2)]
    many = replace(many, token=mine["access_token"])
    theirs = replace(many, token=said["access_token"])
    # Every process remembers the token as good.
    assert {theirs.ask("GET", "/api/status").status_code for _ in range(TRIES)} == {200}

    async def watched() -> list[int | None]:
        sockets = [asyncio.create_task(_closed(many.url, theirs.token)) for _ in range(4)]
        await asyncio.sleep(1.0)
        gone = await asyncio.to_thread(many.ask, "DELETE", f"/api/v1/sessions/{said['session_id']}")
        assert gone.status_code == 204
        return list(await asyncio.gather(*sockets))

    assert asyncio.run(watched()) == [1008] * 4
    time.sleep(1.0)
    assert {theirs.ask("GET", "/api/status").status_code for _ in range(TRIES)} == {401}
    assert many.ask("GET", "/api/status").status_code == 200


def test_every_process_answers_and_orders_are_filled(many: Many) -> None:
    # The one that was asked is another's than the one that sends.
    answers = [many.buy(f"first {number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [201] * 4, answers[0].text
    for answer in answers:
        _filled(many, answer.json()["id"])


def test_one_idempotency_key_makes_one_order_whoever_is_asked(many: Many) -> None:
    ids = {many.buy("the same").json()["id"] for _ in range(TRIES)}
    assert len(ids) == 1


def test_kafka_that_is_away_is_told_of_and_holds_up_nothing(many: Many) -> None:
    def degraded() -> list[str]:
        reply = many.ask("GET", "/health/ready")
        return list(reply.json().get("degraded", [])) if reply.status_code == 200 else []

    until(lambda: "kafka_events" in degraded(), told=lambda: str(degraded()))
    assert many.buy("while kafka is away").status_code == 201


async def test_a_ticket_is_good_once_in_any_process_and_events_reach_all(many: Many) -> None:
    headers = {"Authorization": f"Bearer {many.token}"}
    hello = {"op": "subscribe", "channel": "orders", "account_id": many.account_id}
    async with httpx.AsyncClient(base_url=many.url, headers=headers, trust_env=False) as http:
        tickets = [(await http.post("/api/v1/ws/ticket")).json()["ticket"] for _ in range(TRIES)]
        place = many.url.replace("http", "ws") + "/ws/v1?ticket="
        readers = [await connect(place + ticket) for ticket in tickets]
        try:
            for ticket in tickets[:4]:
                with pytest.raises(InvalidStatus):
                    await connect(place + ticket)
            for reader in readers:
                await reader.send(json.dumps(hello))
                await _frame(reader, type="snapshot")
            reply = await http.post(
                "/api/v1/orders",
                json=_order(many.account_id),
                headers={"Idempotency-Key": "told to all"},
            )
            order_id = reply.json()["id"]
            for reader in readers:
                await _frame(reader, subject=order_id)
        finally:
            await asyncio.gather(*(reader.close() for reader in readers))


async def _frame(reader: Any, **wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            frame: dict[str, Any] = json.loads(await reader.recv())
            if _matches(frame, wanted):
                return frame


def _matches(frame: dict[str, Any], wanted: dict[str, str]) -> bool:
    text = json.dumps(frame)
    return all(frame.get(name) == value or value in text for name, value in wanted.items())


def test_guesses_at_a_password_are_counted_over_all_processes(many: Many) -> None:
    statuses = Counter(
        many.ask(
            "POST", "/api/v1/auth/token", body={"email": "guess@example.com", "password": "x" * 15}
        ).headers.get("retry-after", "checked")
        for _ in range(TRIES)
    )
    # One a second at first, then ever fewer: two processes of their own would check twice that.
    assert statuses["checked"] <= 3, statuses


def test_a_kill_in_one_process_stops_the_sends_of_another(many: Many) -> None:
    scope = {"scope": "account", "account_id": many.account_id, "reason": "a test"}
    told = many.ask("POST", "/api/v1/kill-switch/activate", body=scope, key="stop")
    assert told.status_code == 200, told.text
    for number in range(TRIES):
        refused = many.buy(f"stopped {number}")
        assert refused.status_code == 403, refused.text
    # Finished, and compared with the broker, by the one process that speaks to it.
    until(lambda: _released(many, scope), told=many.program.tail)
    assert many.buy("released").status_code == 201


def _released(many: Many, scope: dict[str, str]) -> bool:
    key = f"release {time.monotonic()}"
    reply = many.ask("POST", "/api/v1/kill-switch/release", body=scope, key=key)
    assert reply.status_code in (200, 409), reply.text
    return reply.status_code == 200


def test_the_background_may_die_and_what_was_taken_in_is_sent(many: Many) -> None:
    account_id = asyncio.run(_open_other(many))
    (background,) = many.program.children()["background"]
    os.kill(background, signal.SIGKILL)
    other = Many(program=many.program, token=many.token, account_id=account_id)
    # Orders are taken in by what is known, until the prices are too old for that.
    reply = other.buy("while nobody sends")
    assert reply.status_code in (201, 403), reply.text
    until(
        lambda: many.program.children()["background"] not in ([], [background]),
        told=many.program.tail,
    )
    until(lambda: all(many.ready() for _ in range(4)), within_s=60, told=many.program.tail)
    later = other.buy("after it came back")
    assert later.status_code == 201, later.text
    _filled(other, later.json()["id"])
    if reply.status_code == 201:
        _filled(other, reply.json()["id"])


async def _open_other(many: Many) -> str:
    async with Context(url=many.url, token=many.token) as context:
        return await context.open_account("other")


def test_a_process_that_answers_may_die_and_is_replaced(many: Many) -> None:
    first = many.program.children()["api"]
    assert len(first) == WORKERS
    os.kill(first[0], signal.SIGKILL)
    until(
        lambda: len(set(many.program.children()["api"]) - {first[0]}) == WORKERS,
        told=many.program.tail,
    )
    until(lambda: all(many.ready() for _ in range(TRIES)), told=many.program.tail)


def test_all_stop_in_time_when_told_to(many: Many) -> None:
    everyone = [pid for pids in many.program.children().values() for pid in pids]
    many.program.send(signal.SIGTERM)
    assert many.program.ended(within_s=25) == 0, many.program.tail()
    assert [pid for pid in everyone if Path(f"/proc/{pid}").exists()] == []
