"""The passphrase of the secrets is asked for on a terminal, and only where it is needed."""

import sys

import pytest
import typer

from bootstrap.cli.passphrase import with_passphrase
from bootstrap.settings.secret_sections import SecretsSettings
from bootstrap.settings.sections import Settings

ASKED = Settings(secrets=SecretsSettings(source="passphrase"))
GIVEN = Settings(secrets=SecretsSettings(source="passphrase", passphrase="from elsewhere"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Answer at a terminal, and note each question and whether the answer was hidden."""
    questions: list[bool] = []

    def prompt(_: str, *, hide_input: bool, err: bool) -> str:
        assert err
        questions.append(hide_input)
        return "typed in by a person"

    monkeypatch.setattr(typer, "prompt", prompt)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    return questions


def test_it_is_asked_for_unseen_and_stays_out_of_a_repr(asked: list[bool]) -> None:
    settings = with_passphrase(ASKED)
    assert settings.secrets.passphrase == "typed in by a person"
    assert asked == [True]
    assert "typed in" not in repr(settings)


@pytest.mark.parametrize("settings", [GIVEN, Settings()])
def test_what_is_given_or_not_needed_is_not_asked_for(
    asked: list[bool], settings: Settings
) -> None:
    assert with_passphrase(settings) is settings
    assert asked == []


def test_without_a_terminal_nobody_is_asked(
    asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert with_passphrase(ASKED) is ASKED
    assert asked == []
