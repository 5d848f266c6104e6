"""Which database URLs are taken."""

import pytest

from adapters.postgres.link.address import AddressInvalid, plain_url, without_secrets


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_the_usual_spellings_are_one(scheme: str) -> None:
    assert plain_url(f"{scheme}://u:p@h:1/d?sslmode=require") == (
        "postgresql://u:p@h:1/d?sslmode=require"
    )


@pytest.mark.parametrize(
    "url",
    ["", "h/d", "mysql://h/d", "postgresql://h", "postgresql://h:x/d", "postgresql://[h/d"],
)
def test_what_is_no_database_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(AddressInvalid) as caught:
        plain_url(url)
    assert "database URL" in str(caught.value)


def test_a_refused_url_does_not_leak_its_password() -> None:
    with pytest.raises(AddressInvalid) as caught:
        plain_url("mysql://u:hunter2@h/d")
    assert "hunter2" not in str(caught.value)


def test_the_place_is_told_without_user_and_password() -> None:
    assert without_secrets("postgresql://u:p%40x@h:5/d?sslmode=require") == "h:5/d"
