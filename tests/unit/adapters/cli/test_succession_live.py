"""`ballast succession status|check-in|dry-run` ask the server, and say what it answers."""

from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli import succession
from bootstrap.cli import app

STATUS = {
    "state": "GRACE",
    "words": "The last days to object run; trading is halted. 3 days 4 hours left.",
    "waits_for": "",
    "left_s": 273_600,
    "trustees": [{"name": "Ada", "confirmed": True, "permissions": ["orders.read"]}],
}
STEP = {
    "state": "GRACE",
    "after_days": 58,
    "trading": "HALTED",
    "told": ["Owner"],
    "would_tell": ["Owner", "Ada"],
}


class _Server:
    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def get(self, path: str) -> Any:
        self.asked.append((path, None))
        return dict(STATUS)

    def post(self, path: str, body: Any = None) -> Any:
        self.asked.append((path, body))
        return {"steps": [STEP]} if path.endswith("dry-run") else {"state": "ARMED", "step": 5}


@pytest.mark.parametrize(
    ("arguments", "asked", "said"),
    [
        (["status"], ("/succession/status", None), ["3 days 4 hours left", "Ada", "orders.read"]),
        (["status", "--json"], ("/succession/status", None), ['"left_s": 273600']),
        (["check-in"], ("/succession/check-in", None), ["ARMED"]),
        (["dry-run"], ("/succession/dry-run", {"to_trustees": False}), ["Owner, Ada", "58"]),
        (["dry-run", "--to-trustees"], ("/succession/dry-run", {"to_trustees": True}), ["GRACE"]),
    ],
)
def test_each_asks_and_says(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], asked: Any, said: list[str]
) -> None:
    server = _Server()
    monkeypatch.setattr(succession, "connect", lambda: server)
    done = CliRunner().invoke(app, ["succession", *arguments], catch_exceptions=False)
    assert server.asked == [asked]
    for part in said:
        assert part in done.output
