"""A server takes orders and tells of them, whatever becomes of Redis."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx
import pytest

from tests.integration.bootstrap.processes import Served, ballast, served, watching
from tests.integration.bootstrap.test_serve import submit, wait_ready
from tests.services.service import Service

pytestmark = pytest.mark.timeout(900)

MEMORY = ("--profile", "memory")
TIMEOUT_S = 100.0


def degraded(server: Served) -> list[str]:
    """Return what is less than it should be; the server is ready."""
    answer = httpx.get(f"{server.url}/health/ready")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["degraded"])


def until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def told(folder: Path) -> Iterator[Callable[[str], list[Any]]]:
    """Watch the account; gives a function that returns all told until an order was accepted."""
    lines: Queue[str] = Queue()
    seen: list[Any] = []

    def until_accepted(order_id: str) -> list[Any]:
        deadline = time.monotonic() + TIMEOUT_S
        while not any(order_id in json.dumps(one) for one in seen):
            try:
                seen.append(json.loads(lines.get(timeout=max(0.0, deadline - time.monotonic()))))
            except Empty:
                raise AssertionError(f"nothing was told of {order_id}: {seen}") from None
        return seen

    with watching(folder) as source:

        def read() -> None:
            for line in source:
                lines.put(line)

        threading.Thread(target=read, daemon=True).start()
        yield until_accepted


def test_orders_and_their_events_go_on_without_redis(tmp_path: Path, broken: Service) -> None:
    folder = tmp_path / "var"
    with served(folder, *MEMORY, BALLAST_REDIS_URL=broken.url) as server:
        wait_ready(server)
        until(lambda: degraded(server) == [])
        with told(folder) as until_accepted:
            # The watch has begun once it tells of an order.
            until_accepted(submit(folder, "IBM", "buy", "1")["id"])
            broken.pause()
            until_accepted(submit(folder, "IBM", "buy", "2")["id"])
            until(lambda: degraded(server) == ["redis"])
            broken.resume()
            until(lambda: degraded(server) == [])
            until_accepted(submit(folder, "IBM", "buy", "3")["id"])
            broken.kill()
            broken.remove()
            until_accepted(submit(folder, "IBM", "buy", "4")["id"])
            until(lambda: degraded(server) == ["redis"])
            broken.start()
            until(lambda: degraded(server) == [])
            seen = until_accepted(submit(folder, "IBM", "buy", "5")["id"])
        numbers = [one["sequence"] for one in seen if one.get("channel") == "orders"]
        assert len(numbers) > 5
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert broken.server.place.secret not in server.log.read_text()


def test_a_server_starts_without_redis_and_uses_it_when_it_comes(
    tmp_path: Path, broken: Service
) -> None:
    broken.kill()
    folder = tmp_path / "var"
    with served(folder, *MEMORY, BALLAST_REDIS_URL=broken.url) as server:
        wait_ready(server)
        assert degraded(server) == ["redis"]
        assert submit(folder, "IBM", "buy", "1")["id"]
        broken.start()
        until(lambda: degraded(server) == [])
        shown = ballast(folder, "config", BALLAST_REDIS_URL=broken.url).stdout
        assert broken.server.place.secret not in shown
        assert 'url = "redis://' in shown
