"""Settings are shown without secrets, and the page that explains them is up to date."""

import tomllib
from pathlib import Path

import pytest

from adapters.settings.faults import InvalidSettings
from adapters.settings.show import MASK, document, effective, masked
from bootstrap.settings.load import DECLARED, load_settings
from tests.unit.sources import ROOT


def test_the_effective_settings_are_toml_that_loads_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_settings(
        environment={"BALLAST_HTTP_PORT": "8123", "BALLAST_OWNER_NAME": 'The "best" \\ home'}
    )
    shown = effective(loaded)
    assert "port = 8123  # BALLAST_HTTP_PORT" in shown
    Path("shown.toml").write_text(shown)
    assert tomllib.loads(shown)["http"]["port"] == 8123
    again = load_settings(environment={"BALLAST_CONFIG": "shown.toml"})
    assert again.settings == loaded.settings


def test_secrets_are_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_settings(
        environment={
            "BALLAST_DATABASE_URL": "postgresql://ballast:canary1@db:5433/b?password=canary2",
            "BALLAST_TOKEN_SIGNING_KEY": "-----BEGIN canary3",
            "BALLAST_REDIS_URL": "redis://:canary4@cache:6379/1",
        }
    )
    shown = effective(loaded)
    assert "canary" not in shown
    assert "canary" not in repr(loaded.settings)
    assert f"postgresql://ballast:{MASK}@db:5433/b?{MASK}" in shown
    assert 'url = "redis://cache:6379/1"' in shown


def test_a_secret_that_looks_like_an_address_is_masked_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_settings(environment={"BALLAST_SECRETS_PASSPHRASE": "canary1://canary2/canary3"})
    assert "canary" not in effective(loaded)


def test_a_secret_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "ballast.toml"
    for written in ("passphrase = 31415926535", 'passphrase = ["canary"]', "keys = true"):
        path.write_text(f"[secrets]\n{written}\n")
        with pytest.raises(InvalidSettings, match="what was given is not shown") as caught:
            load_settings(environment={"BALLAST_CONFIG": str(path)})
        assert "canary" not in str(caught.value)
        assert "31415926535" not in str(caught.value)


@pytest.mark.parametrize("secret", ["plain", "http://[", "x://:pw@h:notaport/", "a:b@c"])
def test_what_is_no_address_is_masked_whole(secret: str) -> None:
    assert masked(secret) == MASK


def test_the_page_of_settings_is_the_one_made_from_the_code() -> None:
    path = ROOT / "docs/settings.md"
    assert path.read_text() == document(DECLARED), (
        "run: python -m bootstrap.settings > docs/settings.md"
    )


def test_every_variable_is_named_once() -> None:
    variables = [entry.variable for entry in DECLARED.catalogue.values()]
    assert len(set(variables)) == len(variables)
