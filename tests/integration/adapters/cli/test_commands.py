"""Commands that need no server, and what is told when there is none."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.client import _refused
from adapters.cli.failures import DENIED, REFUSED, UNREACHABLE, CommandFailed
from adapters.cli.order_terms import _type
from adapters.cli.output import cell, print_rows
from adapters.security.key_ring import FolderKeys
from adapters.security.tokens import Rs256Tokens
from adapters.system.data_folder import OwnerNote, ServerNote, write_owner, write_server
from adapters.system.ids import UuidV7Ids
from adapters.system.time import SystemClock
from bootstrap.cli import app
from bootstrap.identity.access_tokens import KEY_FILE
from tests.unit.adapters.security.signing import pem
from tests.unit.sources import ROOT

OWNER = OwnerNote(user_id=UuidV7Ids().new(), tenant_id=UuidV7Ids().new(), email="o@example.com")


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, without the variables of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("BALLAST_URL", "BALLAST_TOKEN", "BALLAST_CONFIG", "BALLAST_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str) -> str:
    """Run a command in this process and return what it printed; raises what it raises."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_help_is_told_without_loading_the_product() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bootstrap.cli", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for command in ("serve", "order", "kill", "rules", "account", "market", "doctor"):
        assert command in done.stdout
    loaded = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert "typer" in loaded
    # Each of them takes longer than all the rest together.
    slow = {"asyncpg", "cryptography", "httpx", "litestar", "mcp", "numpy", "sqlalchemy", "uvicorn"}
    assert loaded & {*slow, "application"} == set()


def test_config_masks_secrets_and_refuses_wrong_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLAST_DATABASE_URL", "postgresql://u:canary@h/b")
    assert "canary" not in run("config")
    monkeypatch.setenv("BALLAST_HTTP_PORT", "no")
    with pytest.raises(CommandFailed, match="BALLAST_HTTP_PORT: must be a whole number"):
        run("config")


def test_the_printed_token_is_the_owners(tmp_path: Path) -> None:
    key = tmp_path / "var" / KEY_FILE
    key.parent.mkdir(parents=True)
    key.write_bytes(pem())
    key.chmod(0o600)
    write_owner(tmp_path / "var", OWNER)
    tokens = Rs256Tokens(keys=FolderKeys(key), clock=SystemClock(), ids=UuidV7Ids())
    tokens.start()
    principal = tokens.verify(run("token").strip())
    assert (principal.user_id, principal.tenant_id) == (OWNER.user_id, OWNER.tenant_id)


def test_without_an_owner_or_a_key_there_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="has no owner yet") as told:
        run("token")
    assert told.value.code == REFUSED
    write_owner(tmp_path / "var", OWNER)
    with pytest.raises(CommandFailed, match=r"access-token\.pem is missing"):
        run("token")
    assert not (tmp_path / "var" / KEY_FILE).exists()
    (tmp_path / "var/owner.json").write_text("{")
    with pytest.raises(CommandFailed, match="cannot be read"):
        run("token")


@pytest.mark.parametrize("by_note", [True, False])
def test_a_server_that_is_not_there_is_told_with_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_note: bool
) -> None:
    monkeypatch.setenv("BALLAST_TOKEN", "any")
    url = "http://127.0.0.1:9"
    if by_note:
        write_server(tmp_path / "var", ServerNote(url=url, pid=1))
    else:
        monkeypatch.setenv("BALLAST_URL", f"{url}/")
    with pytest.raises(CommandFailed, match=f"no server answers at {url}:") as told:
        run("account", "list")
    assert told.value.code == UNREACHABLE


def test_a_denied_order_tells_each_reason_and_has_its_own_exit_code() -> None:
    problem = {
        "detail": "the risk gate denied the order",
        "order_id": "o-1",
        "reasons": [
            {"code": "ORDER_VALUE", "message": "too large", "value": "20000", "limit": "10000"},
            {"code": "HALTED", "message": "the kill switch is on"},
        ],
    }
    failed = _refused(403, problem)
    assert failed.code == DENIED
    assert str(failed).splitlines() == [
        "the risk gate denied the order",
        "  ORDER_VALUE: too large (value 20000, limit 10000)",
        "  HALTED: the kill switch is on",
        "  stored as denied: o-1",
    ]


def test_wrong_fields_and_a_refused_token_are_told() -> None:
    wrong = {"detail": "invalid", "errors": [{"pointer": "/quantity", "detail": "above 0"}]}
    assert "/quantity: above 0" in str(_refused(400, wrong))
    refused = _refused(401, {"title": "unauthorized"})
    assert refused.code == REFUSED
    assert "BALLAST_TOKEN" in str(refused)


@pytest.mark.parametrize(
    ("prices", "type"),
    [
        ((None, None, None), "market"),
        (("1", None, None), "limit"),
        ((None, "1", None), "stop"),
        (("1", "1", None), "stop_limit"),
        ((None, None, "1"), "trailing_stop"),
        ((None, "1", "1"), "trailing_stop"),
    ],
)
def test_the_prices_say_the_type(
    prices: tuple[str | None, str | None, str | None], type: str
) -> None:
    limit, stop, trail = prices
    assert _type(limit=limit, stop=stop, trail=trail) == type


def test_rows_are_aligned_and_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, object]] = [
        {"id": "1", "name": "a"},
        {"id": "22", "name": "\x1b[2J", "more": 1},
    ]
    print_rows(rows, columns=("id", "name"), empty="none")
    assert capsys.readouterr().out == "id  name\n1   a\n22  ?[2J\n"
    print_rows([], columns=("id",), empty="none")
    assert capsys.readouterr().out == "none\n"
    assert cell({"a": [1]}) == '{"a":[1]}'
    assert (cell(None), cell(True), cell("")) == ("-", "yes", "-")


def test_a_failure_ends_the_program_with_a_message_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "account", "list"],
        cwd=ROOT,
        env={"PATH": "/bin", "BALLAST_DATA_DIR": str(tmp_path), "BALLAST_HTTP_PORT": "x"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: 1 fault in the settings:\n  BALLAST_HTTP_PORT")
    assert "Traceback" not in done.stderr
