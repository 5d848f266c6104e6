"""What is shown of a web address is whose it is, and no secret in it."""

import pytest

from domain.notifications.address import shown_address
from domain.notifications.message import Channel

SECRET = "whsec_canary"


@pytest.mark.parametrize(
    "rest", [f"#{SECRET}", f"/hook#{SECRET}", f"?key={SECRET}", f"/{SECRET}", f"?a=@{SECRET}"]
)
def test_no_secret_of_a_webhook_is_shown(rest: str) -> None:
    shown = shown_address(Channel.WEBHOOK, f"https://desk.example.com{rest}")
    assert shown == "https://desk.example.com/***"


def test_nothing_of_a_push_service_is_shown() -> None:
    assert shown_address(Channel.PUSH, f"ntfys://{SECRET}@ntfy.sh/{SECRET}") == "***"
