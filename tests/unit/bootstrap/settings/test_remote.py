"""Addresses of processes that work in place of this one are checked before anything starts."""

from pathlib import Path

import pytest

from adapters.settings.faults import InvalidSettings
from bootstrap.settings.load import load_settings


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


def test_what_needs_the_other_setting_says_so(models: dict[str, str]) -> None:
    url = {"BALLAST_INFERENCE_REMOTE": "http://127.0.0.1:8001"}
    (told,) = faults(url)
    assert "inference.model_dir" in told
    (told,) = faults({"BALLAST_INFERENCE_REMOTE_TOKEN": "shown", **models})
    assert "inference.remote is not" in told
    (told,) = faults({"BALLAST_INFERENCE_REQUIRE": "remote", **models})
    assert "inference.remote is not set" in told
    assert faults({"BALLAST_INFERENCE_REQUIRE": "remote", **url, **models}) == []
