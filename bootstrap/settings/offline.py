"""Find settings that would take an offline process off this machine."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from adapters.system.loopback import is_loopback
from bootstrap.settings.brokers import section_of
from bootstrap.settings.kill import address_of
from bootstrap.settings.sections import Settings


def offline_faults(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each setting by which something beyond loopback would be reached, by its key."""
    if not settings.offline:
        return
    for key, hosts in _named(settings):
        for host in hosts:
            # A path is a socket of this machine's file system.
            if not is_loopback(host) and not host.startswith("/"):
                yield (
                    key,
                    (
                        f"names {host or 'no host'}, which is not on this machine: an offline"
                        " process reaches 127.0.0.1, ::1 and localhost alone"
                    ),
                )
    yield from _vendors(settings)


def _named(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, url in _urls(settings):
        if url is not None:
            yield key, _hosts_of(url)
    if settings.kafka.bootstrap is not None:
        yield "kafka.bootstrap", tuple(map(_host, settings.kafka.bootstrap.split(",")))
    yield "sentiment.feeds", tuple(h for url in settings.sentiment.feeds for h in _hosts_of(url))
    if settings.notifications.smtp_host is not None:
        yield "notifications.smtp_host", (settings.notifications.smtp_host,)
    yield "notifications.push_hosts", tuple(map(_host, settings.notifications.push_hosts))
    peers = (address_of(one) or (one, 0) for one in settings.kill.peers)
    yield "kill.peers", tuple(host for host, _ in peers)


def _urls(settings: Settings) -> Iterator[tuple[str, str | None]]:
    yield "database_url", settings.database_url
    yield "database_app_url", settings.database_app_url
    yield "redis.url", settings.redis.url
    yield "adviser.url", settings.adviser.url
    yield "vault.url", settings.vault.url
    yield "holdings.url", settings.holdings.url
    yield "inference.hub_url", settings.inference.hub_url
    for name, broker in settings.every_broker.items():
        yield f"{section_of(name)}.url", broker.url
    if settings.notifications.twilio_account is not None:
        yield "notifications.twilio_url", settings.notifications.twilio_url
    if settings.tracing.exporter == "otlp":
        yield "tracing.endpoint", settings.tracing.endpoint


def _vendors(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield keys of services whose address is no setting: it is the vendor's."""
    own = settings.sentiment
    for key, said in (
        ("newsapi_key", own.newsapi_key),
        ("alpaca_key", own.alpaca_key),
        ("polygon_key", own.polygon_key),
        ("alpha_vantage_key", own.alpha_vantage_key),
        ("reddit_id", own.reddit_id),
    ):
        if said is not None:
            problem = "is of a service that is not on this machine, which is not reached offline"
            yield f"sentiment.{key}", problem


def _hosts_of(url: str) -> tuple[str, ...]:
    """Return every host of an address; Postgres' may name several, and in its query too."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    further = [one for name in ("host", "hostaddr") for one in asked.get(name, ())]
    named = parts.netloc.rpartition("@")[2]
    hosts = [one for text in (named, *further) if text for one in text.split(",")]
    return tuple(map(_host, hosts)) or ("",)


def _host(text: str) -> str:
    """Return the host of host:port, of [::1]:port, or of a host alone."""
    text = text.strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text if text.count(":") != 1 else text.partition(":")[0]
