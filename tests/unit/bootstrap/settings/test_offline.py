"""Offline, each setting that leads off this machine is refused by its name."""

from importlib.util import find_spec

import pytest

from adapters.settings.faults import InvalidSettings
from bootstrap.settings.catalogue import catalogue
from bootstrap.settings.load import load_settings

TENANT = "00000000-0000-0000-0000-000000000001"
CLUSTER = {"BALLAST_PROFILE": "cluster"}
ELSEWHERE = "desk.example.com"
MAIL = {"BALLAST_NOTIFICATIONS_SMTP_FROM": "a@example.com"}
TEXTS = {"BALLAST_SENTIMENT_TENANT": TENANT}
APP_PARTS = {"BALLAST_SENTIMENT_REDDIT_SECRET": "x", "BALLAST_SENTIMENT_REDDIT_USER": "ada"}
KEY_PARTS = {"BALLAST_SENTIMENT_ALPACA_SECRET": "x"}
TWILIO = {
    "BALLAST_NOTIFICATIONS_TWILIO_ACCOUNT": "AC0",
    "BALLAST_NOTIFICATIONS_TWILIO_TOKEN": "x",
    "BALLAST_NOTIFICATIONS_TWILIO_FROM": "x",
}
TLS = {f"BALLAST_KILL_TLS_{name}": "a.pem" for name in ("CERTIFICATE", "KEY", "CA")}
POSTGRES = f"postgresql://me@{ELSEWHERE}/b"

# By its key: what is set, and what else must be for it to hold together.
BEYOND = {
    "database_url": (POSTGRES, CLUSTER),
    "database_app_url": (POSTGRES, CLUSTER | {"BALLAST_DATABASE_URL": "postgresql://127.0.0.1/b"}),
    "redis.url": (f"redis://{ELSEWHERE}:6379/0", {}),
    "kafka.bootstrap": (f"127.0.0.1:9092,{ELSEWHERE}:9092", {}),
    "paper.url": (f"http://{ELSEWHERE}:8100", {}),
    "brokers.two.url": ("http://10.0.0.2:8100", {"BALLAST_BROKERS_TWO_KIND": "paper"}),
    "adviser.url": (f"https://{ELSEWHERE}/v1", {"BALLAST_ADVISER_MODELS": "one"}),
    "vault.url": (f"https://{ELSEWHERE}:8200", {}),
    "holdings.url": (f"https://{ELSEWHERE}/mcp", {"BALLAST_HOLDINGS_TENANT": TENANT}),
    "inference.hub_url": (f"https://{ELSEWHERE}", {}),
    "notifications.smtp_host": (ELSEWHERE, MAIL),
    "notifications.push_hosts": (ELSEWHERE, {}),
    "notifications.twilio_url": (f"https://{ELSEWHERE}", TWILIO),
    "tracing.endpoint": (
        f"http://{ELSEWHERE}:4318/v1/traces",
        {"BALLAST_TRACING_EXPORTER": "otlp"},
    ),
    "kill.peers": ("127.0.0.1:7443,10.0.0.5:7443", TLS),
    "sentiment.feeds": (f"https://{ELSEWHERE}/feed", TEXTS),
    "sentiment.newsapi_key": ("x", TEXTS),
    "sentiment.alpaca_key": ("x", TEXTS | KEY_PARTS),
    "sentiment.polygon_key": ("x", TEXTS),
    "sentiment.alpha_vantage_key": ("x", TEXTS),
    "sentiment.reddit_id": ("x", TEXTS | APP_PARTS),
}
# What names hosts and is not connected to: addresses to listen on and to be told, who may come,
# whom to believe, and a model's name.
NOT_REACHED = {
    "http.host",
    "http.allowed_hosts",
    "kill.listen",
    "notifications.public_url",
    "notifications.private_networks",
    "passkeys.origins",
    "http.allowed_origins",
    "http.trusted_proxies",
    "sentiment.listed_domains",
    "sentiment.denied_domains",
}


def offline(given: dict[str, str]) -> list[str]:
    """Return what offline settings are refused with, without saying so of others."""
    try:
        load_settings(environment=given, overrides={"offline": "true"})
    except InvalidSettings as problem:
        return [f"{one.source}: {one.problem}" for one in problem.faults]
    return []


def variable(key: str) -> str:
    """Return the variable of a key."""
    return "BALLAST_" + key.replace(".", "_").upper()


@pytest.mark.parametrize("key", sorted(BEYOND))
def test_a_setting_that_leads_elsewhere_is_refused_by_name(key: str) -> None:
    value, beside = BEYOND[key]
    given = {variable(key): value, **beside}
    if not missing(key):
        load_settings(environment=given)
    told = [one for one in offline(given) if "not on this machine" in one]
    assert len(told) == 1
    assert variable(key) in told[0]


def missing(key: str) -> bool:
    """Tell whether a setting needs a package that tests do not have."""
    try:
        return key == "tracing.endpoint" and find_spec("opentelemetry.exporter.otlp") is None
    except ModuleNotFoundError:
        return True


@pytest.mark.parametrize(
    "given",
    [
        {},
        CLUSTER | {"BALLAST_DATABASE_URL": "postgresql://me@127.0.0.1:5432,[::1]:5432/b"},
        CLUSTER | {"BALLAST_DATABASE_URL": "postgresql://me@localhost/b?host=/var/run/postgresql"},
        {"BALLAST_REDIS_URL": "redis://:word@127.0.0.1:6379/0"},
        {"BALLAST_KAFKA_BOOTSTRAP": "127.0.0.1:9092, [::1]:9093,localhost:1"},
        {"BALLAST_PAPER_URL": "http://127.0.0.1:8100"},
        {"BALLAST_SENTIMENT_FEEDS": "http://[::1]:80/feed", **TEXTS},
        {"BALLAST_NOTIFICATIONS_TWILIO_URL": "https://api.twilio.com"},
    ],
)
def test_this_machine_is_taken(given: dict[str, str]) -> None:
    assert offline(given) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me@127.0.0.1,db.example.com:5432/b",
        "postgresql://me@127.0.0.1/b?host=db.example.com",
        "postgresql://127.0.0.1@db.example.com/b",
        "postgresql:///b",
    ],
)
def test_every_host_of_a_database_counts(url: str) -> None:
    told = offline(CLUSTER | {"BALLAST_DATABASE_URL": url})
    assert [one for one in told if "BALLAST_DATABASE_URL" in one and "not on this machine" in one]


def test_no_setting_that_could_name_a_host_is_forgotten() -> None:
    words = ["host", "url", "address", "server", "feeds", "peers", "endpoint", "bootstrap"]
    words += ["_key", "networks", "domains", "origins", "proxies", "listen"]
    could = {
        key
        for key, one in catalogue().items()
        if one.kind in (str, tuple) and any(word in one.name for word in words)
    }
    keys_of_our_own = {"token.signing_key", "token.older_keys"}
    assert could - BEYOND.keys() - NOT_REACHED - keys_of_our_own == set()
