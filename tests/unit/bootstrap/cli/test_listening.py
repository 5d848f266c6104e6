"""What encrypts is asked of those who listen, and of nobody else."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.failures import CommandFailed
from bootstrap.cli import app
from bootstrap.cli.environment import loaded_settings
from bootstrap.installation.doctor import examine
from bootstrap.installation.findings import Verdict
from bootstrap.settings.sections import Settings
from tests.unit.sources import ROOT


@pytest.fixture(autouse=True)
def _in_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what the image sets, but for the folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in re.findall(r"(BALLAST_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()):
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("BALLAST_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("BALLAST_PROFILE", "memory")


def _told(*arguments: str) -> str:
    """Run a command that fails, and return what it says."""
    with pytest.raises(CommandFailed) as told:
        CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    return str(told.value)


@pytest.mark.parametrize("command", [("serve",), ("worker", "api"), ("worker", "relay", "api")])
def test_who_listens_refuses_to_do_so_in_plain(command: tuple[str, ...]) -> None:
    assert "set http.plain where other means keep it private" in _told(*command)


@pytest.mark.parametrize(
    ("command", "about"),
    [
        (("migrate",), "profile is memory"),
        (("token",), "has no owner yet"),
        (("rules", "list"), "has no owner yet"),
        (("topics",), "BALLAST_KAFKA_BOOTSTRAP"),
        (("worker", "relay"), "workers share a database"),
    ],
    ids=["migrate", "token", "rules", "topics", "worker"],
)
def test_who_does_not_comes_as_far_as_its_own_work(command: tuple[str, ...], about: str) -> None:
    said = _told(*command)
    assert about in said
    assert "http.plain" not in said


def test_the_doctor_examines_the_image_and_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(app, ["doctor"], catch_exceptions=False)
    assert "every one is valid" in result.stdout
    (line,) = (one for one in result.stdout.splitlines() if "line: " in one)
    assert line.startswith("doubt")
    assert "serve and worker api refuse to start: http.host (0.0.0.0)" in line
    monkeypatch.setenv("BALLAST_HTTP_PLAIN", "true")
    assert _line(loaded_settings(listens=True).settings) is Verdict.FINE


def _line(settings: Settings) -> Verdict:
    return next(found.verdict for found in examine(settings) if found.subject == "line")


def test_the_settings_can_be_shown_in_the_image() -> None:
    result = CliRunner().invoke(app, ["config"], catch_exceptions=False)
    assert (result.exit_code, "0.0.0.0" in result.stdout) == (0, True)
