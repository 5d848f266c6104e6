"""Trade on a served folder, and read back what is known of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from adapters.postgres.backup.archive import OpenBackup, opened
from adapters.security.backup_keys import load_backup_key
from tests.integration.bootstrap.processes import Served, ballast

CALM = {"BALLAST_REPLAY_SECONDS_PER_DAY": "2"}
COMPARED = ("id", "state", "symbol", "quantity", "filled_quantity")


def told(folder: Path, *arguments: str) -> Any:
    done = ballast(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ready(server: Served) -> None:
    until(lambda: httpx.get(f"{server.url}/health/ready").status_code == 200)


def until(
    is_so: Callable[[], bool], *, within_s: float = 120.0, told: Callable[[], str] = lambda: ""
) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)


def orders(folder: Path) -> dict[str, dict[str, Any]]:
    items = told(folder, "order", "list", "--limit", "200")["items"]
    return {one["id"]: {name: one[name] for name in COMPARED} for one in items}


@contextmanager
def trading(folder: Path) -> Iterator[list[str]]:
    """Submit orders for as long as the block runs; gives the ids that were acknowledged."""
    taken: list[str] = []
    over = threading.Event()
    token = ballast(folder, "token").stdout.strip()
    url = json.loads((folder / "server.json").read_text())["url"]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        (account,) = client.get("/api/v1/accounts").json()["items"]
        body = {
            "account_id": account["id"],
            "side": "buy",
            "type": "market",
            "time_in_force": "day",
        }

        def submit() -> None:
            # No more than one page of a list shows.
            while not over.is_set() and len(taken) < 150:
                changing = {
                    "symbol": ("IBM", "MSFT")[len(taken) % 2],
                    # Orders that are all alike are denied as duplicates.
                    "quantity": str(1 + len(taken) % 9),
                }
                answer = client.post(
                    "/api/v1/orders",
                    json=body | changing,
                    headers={"Idempotency-Key": f"k-{len(taken)}-{time.monotonic_ns()}"},
                )
                if answer.status_code == 201:
                    taken.append(answer.json()["id"])
                # Denied around the replay's nights: the day comes again. Ever slower, as what
                # goes on meanwhile takes as long as the machine lets it.
                time.sleep(0.2 * (1 + len(taken) / 8))

        thread = threading.Thread(target=submit)
        thread.start()
        try:
            until(lambda: len(taken) >= 10)
            yield taken
        finally:
            over.set()
            thread.join(timeout=120)


def keep_workspace(folder: Path, *, layout: bytes) -> None:
    """Save a workspace with that layout."""
    token = ballast(folder, "token").stdout.strip()
    url = json.loads((folder / "server.json").read_text())["url"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    saved = httpx.post(
        f"{url}/api/v1/user/workspace",
        content=b'{"name":"Morning","layout":%b}' % layout,
        headers=headers,
    )
    assert saved.status_code == 201, saved.text


def quantities(folder: Path) -> dict[str, str]:
    items = told(folder, "account", "positions")["items"]
    return {one["symbol"]: one["quantity"] for one in items}


def key_of(folder: Path) -> tuple[str, str]:
    """Return the options that name the key of a folder's back-ups."""
    return ("--key-file", str(folder / "keys" / "backup.key"))


@contextmanager
def unpacked(backup: Path) -> Iterator[OpenBackup]:
    """Unpack a back-up that was made in the folder `var` beside it."""
    key = load_backup_key(backup.parent / "var" / "keys" / "backup.key")
    with opened(backup, key_of=lambda _: key) as found:
        yield found
