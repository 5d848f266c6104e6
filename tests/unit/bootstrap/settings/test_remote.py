"""Addresses of processes that work in place of this one are checked before anything starts."""

from pathlib import Path

import pytest

from adapters.settings.faults import InvalidSettings
from bootstrap.settings.load import load_settings
from tests import certificates


def faults(given: dict[str, str]) -> list[str]:
    """Return what the settings are refused with."""
    try:
        load_settings(environment=given)
    except InvalidSettings as problem:
        return [f"{one.source}: {one.problem}" for one in problem.faults]
    return []


@pytest.fixture
def models(tmp_path: Path) -> dict[str, str]:
    """Give a folder of models."""
    return {"BALLAST_INFERENCE_MODEL_DIR": str(tmp_path)}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8001", "http://localhost:8001/", "https://models.example.com/triton"]
)
def test_this_machine_and_what_is_encrypted_are_taken(url: str, models: dict[str, str]) -> None:
    assert faults({"BALLAST_INFERENCE_REMOTE": url, **models}) == []
    assert faults({"BALLAST_SENTIMENT_REMOTE": url}) == []


@pytest.mark.parametrize("name", ["INFERENCE", "SENTIMENT"])
@pytest.mark.parametrize(
    "url",
    ["models:8001", "ftp://models", "http://", "https://me@models/", "https://models/?key=x"],
)
def test_what_is_no_address_is_refused(url: str, name: str, models: dict[str, str]) -> None:
    (told,) = faults({f"BALLAST_{name}_REMOTE": url, **models})
    assert "must be an address" in told
    assert f"BALLAST_{name}_REMOTE" in told


def test_a_token_goes_in_plain_to_this_machine_or_where_that_is_said_to_be_private() -> None:
    given = {"BALLAST_SENTIMENT_REMOTE": "http://worker-finbert:8004"}
    (told,) = faults(given)
    assert "http.plain" in told
    assert faults({**given, "BALLAST_HTTP_PLAIN": "true"}) == []


def test_a_part_of_ours_is_shown_ours_and_nobody_both(models: dict[str, str]) -> None:
    own = {"BALLAST_INFERENCE_REMOTE_OWN": "true", **models}
    (told,) = faults(own)
    assert "inference.remote is not" in told
    own["BALLAST_INFERENCE_REMOTE"] = "http://127.0.0.1:8001"
    assert faults(own) == []
    (told,) = faults({**own, "BALLAST_INFERENCE_REMOTE_TOKEN": "shown"})
    assert "inference.remote_own too" in told


@pytest.mark.parametrize("name", ["INFERENCE", "SENTIMENT"])
def test_an_authority_is_a_file_of_certificates_for_an_encrypted_address(
    name: str, models: dict[str, str], tmp_path: Path
) -> None:
    certificates.make(tmp_path)
    given = {f"BALLAST_{name}_REMOTE_CA": str(tmp_path / "server.pem"), **models}
    for url in ({}, {f"BALLAST_{name}_REMOTE": "http://127.0.0.1:8001"}):
        (told,) = faults({**given, **url})
        assert "no https address" in told
    given[f"BALLAST_{name}_REMOTE"] = "https://models.example.com"
    assert faults(given) == []
    for wrong in ("server.key", "nothing.pem", "."):
        (told,) = faults({**given, f"BALLAST_{name}_REMOTE_CA": str(tmp_path / wrong)})
        assert "must be a file of certificates in PEM" in told
        assert wrong in told


def test_what_needs_the_other_setting_says_so(models: dict[str, str]) -> None:
    url = {"BALLAST_INFERENCE_REMOTE": "http://127.0.0.1:8001"}
    (told,) = faults(url)
    assert "inference.model_dir" in told
    (told,) = faults({"BALLAST_INFERENCE_REMOTE_TOKEN": "shown", **models})
    assert "inference.remote is not" in told
    (told,) = faults({"BALLAST_INFERENCE_REQUIRE": "remote", **models})
    assert "inference.remote is not set" in told
    assert faults({"BALLAST_INFERENCE_REQUIRE": "remote", **url, **models}) == []
