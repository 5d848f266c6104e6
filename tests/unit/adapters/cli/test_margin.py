"""`ballast margin what-if`: the book in a file reaches the server to the last digit."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli import margin
from adapters.cli.failures import CommandFailed
from bootstrap.cli import app


class _Server:
    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        self.asked: list[tuple[str, Any]] = []

    def post(self, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        return self.found


FOUND = {
    **dict.fromkeys(margin._SUMS, "1"),
    "equity": "55000",
    "positions": [{"symbol": "A", "quantity": "500", "price": "100", "call_price": "16.6667"}],
    "pairings": [
        {
            "strategy": "short",
            "legs": [{"symbol": "C", "quantity": "-1"}],
            "requirement": "3400",
            "initial": "3400",
            "maintenance": "3280",
        }
    ],
}


def test_numbers_keep_every_digit_and_the_answer_is_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = _Server(FOUND)
    monkeypatch.setattr(margin, "connect", lambda: server)
    book = tmp_path / "book.json"
    book.write_text('{"cash": 0.1000000000000000055, "positions": [{"quantity": -12}]}')
    said = CliRunner().invoke(app, ["margin", "what-if", str(book)], catch_exceptions=False).output
    body = {"cash": "0.1000000000000000055", "positions": [{"quantity": "-12"}]}
    assert server.asked == [("/margin/what-if", body)]
    for part in ("equity", "55000", "16.6667", "-1 C", "3280"):
        assert part in said
    asked = ["margin", "what-if", str(book), "--json"]
    said = CliRunner().invoke(app, asked, catch_exceptions=False).output
    assert json.loads(said) == FOUND


@pytest.mark.parametrize(
    ("text", "said"), [("{", "Expecting"), ("[1]", "must be an object"), (None, "No such file")]
)
def test_what_is_no_book_names_the_file(tmp_path: Path, text: str | None, said: str) -> None:
    book = tmp_path / "book.json"
    if text is not None:
        book.write_text(text)
    with pytest.raises(CommandFailed, match=said) as told:
        CliRunner().invoke(app, ["margin", "what-if", str(book)], catch_exceptions=False)
    assert str(book) in str(told.value)
