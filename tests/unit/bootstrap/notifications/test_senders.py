"""The settings say which channels there are, and are refused where they would give away."""

from dataclasses import replace

import pytest

from adapters.memory.time import ManualClock
from adapters.settings.faults import InvalidSettings
from adapters.settings.load import LoadedSettings
from adapters.settings.show import effective
from bootstrap.notifications.senders import build_senders
from bootstrap.settings.load import load_settings
from bootstrap.settings.notifications import NotificationSettings
from bootstrap.settings.sections import Settings
from domain.notifications.message import Channel
from domain.shared.values import InvalidValue
from tests.builders import AT

CANARY = "canary-7f1d"
MAIL = {"SMTP_HOST": "mail.example.com", "SMTP_FROM": "Ballast <ballast@example.com>"}
TEXTS = {"TWILIO_ACCOUNT": "AC0123", "TWILIO_TOKEN": CANARY, "TWILIO_FROM": "+15557122661"}


def load(**environment: str) -> LoadedSettings[Settings]:
    named = {f"BALLAST_NOTIFICATIONS_{name}": value for name, value in environment.items()}
    return load_settings(environment=named, listens=False)


def faults(**environment: str) -> str:
    with pytest.raises(InvalidSettings) as refused:
        load(**environment)
    return str(refused.value)


def channels(settings: NotificationSettings) -> set[Channel]:
    return set(build_senders(settings, clock=ManualClock(AT)))


def test_a_channel_without_settings_is_absent() -> None:
    assert channels(load().settings.notifications) == {Channel.PUSH, Channel.WEBHOOK}
    assert Channel.EMAIL in channels(load(**MAIL).settings.notifications)
    assert Channel.SMS in channels(load(**TEXTS).settings.notifications)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_mail_goes_unencrypted_to_this_machine_alone(host: str) -> None:
    own = load(**MAIL | {"SMTP_HOST": host, "SMTP_TLS": "none"}).settings.notifications
    assert Channel.EMAIL in channels(own)
    told = faults(**MAIL | {"SMTP_TLS": "none"})
    assert "notifications.smtp_tls" in told
    assert "mail.example.com is not on this machine" in told


@pytest.mark.parametrize(
    ("environment", "key", "told"),
    [
        ({"SMTP_HOST": "mail.example.com"}, "smtp_from", "must be an address"),
        (MAIL | {"SMTP_FROM": "a@b.example\nBcc: c@d.example"}, "smtp_from", "must be an address"),
        (MAIL | {"SMTP_USER": "me"}, "smtp_password", "go together"),
        (MAIL | {"SMTP_PASSWORD": CANARY}, "smtp_user", "go together"),
        ({"TWILIO_ACCOUNT": "AC0123"}, "twilio_token", "must be set"),
        (TEXTS | {"TWILIO_ACCOUNT": "AC/../x"}, "twilio_account", "letters and digits"),
        (TEXTS | {"TWILIO_URL": "http://sms.example.com"}, "twilio_url", "https://"),
        ({"PUBLIC_URL": "http://desk.example.com"}, "public_url", "https://"),
        ({"PUBLIC_URL": "https://me@desk.example.com"}, "public_url", "must be an address"),
        ({"PRIVATE_NETWORKS": "192.168.1.1/24"}, "private_networks", "192.168.1.1/24"),
    ],
)
def test_what_cannot_hold_together_is_told(
    environment: dict[str, str], key: str, told: str
) -> None:
    said = faults(**environment)
    assert f"notifications.{key}" in said
    assert told in said
    assert CANARY not in said


def test_no_secret_is_shown() -> None:
    loaded = load(**MAIL | TEXTS | {"SMTP_USER": "me", "SMTP_PASSWORD": CANARY})
    senders = build_senders(loaded.settings.notifications, clock=ManualClock(AT))
    assert CANARY not in effective(loaded)
    assert CANARY not in repr(loaded)
    assert CANARY not in repr(senders)
    within = [vars(one)["_sender"] for one in senders.values()]
    assert CANARY not in repr(within) + repr([vars(one) for one in within])


def test_networks_and_hosts_that_are_named_are_let_through() -> None:
    own = NotificationSettings(
        private_networks=("192.168.1.0/24",), push_hosts=("Push.Example.com",)
    )
    address = "https://192.168.1.7/hook#whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"
    build_senders(own, clock=ManualClock(AT))[Channel.WEBHOOK].check(address)
    closed = build_senders(replace(own, private_networks=()), clock=ManualClock(AT))
    with pytest.raises(InvalidValue, match="private_networks"):
        closed[Channel.WEBHOOK].check(address)
