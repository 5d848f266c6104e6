"""Find settings that are right by themselves and wrong together."""

from collections.abc import Iterator

from adapters.security.command_keys import UnusableCommandKeys, read_command_keys
from adapters.settings.addresses import is_http, is_installed, split
from bootstrap.settings.adviser import adviser_faults
from bootstrap.settings.brokers import BROKER_KINDS, broker_faults, section_of
from bootstrap.settings.edge_faults import LOCAL_HOSTS, edge_contradictions
from bootstrap.settings.holdings import holding_faults
from bootstrap.settings.inference import inference_faults
from bootstrap.settings.kill import kill_faults
from bootstrap.settings.market import market_faults
from bootstrap.settings.notifications import notification_faults
from bootstrap.settings.offline import offline_faults
from bootstrap.settings.passkeys import passkey_faults
from bootstrap.settings.remote import remote_faults
from bootstrap.settings.sections import Settings
from bootstrap.settings.sentiment import sentiment_faults
from bootstrap.settings.signals import signal_faults
from bootstrap.settings.watchdog import watchdog_faults

ACCESS_S_ANYWHERE = 300
STEP_UP_S_ANYWHERE = 3_600
OTLP_MODULE = "opentelemetry.exporter.otlp.proto.http"


def contradictions(settings: Settings, *, listens: bool) -> Iterator[tuple[str, str]]:
    """Yield the setting and what is wrong, for each pair that cannot both hold.

    listens: whether http.host is going to be listened on.
    """
    yield from _storage(settings)
    yield from _redis(settings)
    kinds = {name: BROKER_KINDS.of(one) for name, one in settings.every_broker.items()}
    yield from market_faults(settings.market, kinds=kinds)
    yield from _replay(settings)
    yield from broker_faults(settings.every_broker)
    yield from kill_faults(settings.kill)
    yield from watchdog_faults(settings.watchdog, brokers=settings.every_broker)
    yield from _access(settings)
    yield from _identity(settings)
    yield from passkey_faults(settings)
    yield from _addresses(settings)
    yield from edge_contradictions(settings, listens=listens)
    yield from _commands(settings)
    yield from _secrets(settings)
    yield from sentiment_faults(settings.sentiment)
    yield from signal_faults(settings.signals, redis=settings.redis.url is not None)
    yield from inference_faults(settings.inference)
    yield from adviser_faults(settings.adviser, local=LOCAL_HOSTS)
    yield from notification_faults(settings.notifications, local=LOCAL_HOSTS)
    yield from holding_faults(settings.holdings, local=LOCAL_HOSTS)
    yield from remote_faults(settings, local=LOCAL_HOSTS)
    yield from offline_faults(settings)


def _storage(settings: Settings) -> Iterator[tuple[str, str]]:
    url = settings.database_url
    if settings.profile == "cluster" and url is None:
        yield "database_url", "must be set when profile is cluster"
    if settings.profile != "cluster" and url is not None:
        yield (
            "profile",
            (
                f"is {settings.profile}, which uses no database_url: remove one of the two,"
                " or set profile to cluster"
            ),
        )
    if url is not None and not url.startswith(("postgres://", "postgresql://")):
        yield "database_url", "must start with postgresql://"
    elif url is not None and split(url) is None:
        yield "database_url", "must have a sound host and port"
    requests = settings.database_app_url
    if requests is not None and url is None:
        yield "database_app_url", "is of a given Postgres: set database_url too"
    elif requests is not None and not requests.startswith(("postgres://", "postgresql://")):
        yield "database_app_url", "must start with postgresql://"
    elif requests is not None and split(requests) is None:
        yield "database_app_url", "must have a sound host and port"


def _redis(settings: Settings) -> Iterator[tuple[str, str]]:
    url = settings.redis.url
    if url is None:
        return
    parts = split(url)
    if parts is None or parts.scheme not in ("redis", "rediss") or not parts.hostname:
        yield "redis.url", "must be an address such as redis://:password@host:6379/0"
    if not is_installed("redis.asyncio"):
        yield "redis.url", "is set, which needs the package redis (the extra `redis`)"


def _replay(settings: Settings) -> Iterator[tuple[str, str]]:
    replay = settings.replay
    if replay.start is not None and replay.end is not None and replay.start > replay.end:
        yield "replay.start", f"must not be after replay.end: {replay.start} > {replay.end}"


def _access(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.token.access_s > ACCESS_S_ANYWHERE and settings.http.host not in LOCAL_HOSTS:
        yield (
            "token.access_s",
            (
                f"must be at most {ACCESS_S_ANYWHERE} where http.host ({settings.http.host}) can be"
                " reached from other machines"
            ),
        )
    if settings.identity.step_up_s > STEP_UP_S_ANYWHERE and settings.http.host not in LOCAL_HOSTS:
        yield (
            "identity.step_up_s",
            (
                f"must be at most {STEP_UP_S_ANYWHERE} where http.host ({settings.http.host}) can"
                " be reached from other machines"
            ),
        )
    email = settings.owner.email
    if not all(email.partition("@")):
        yield "owner.email", f"must be an address such as owner@example.com, not {email!r}"


def _identity(settings: Settings) -> Iterator[tuple[str, str]]:
    own, token = settings.identity, settings.token
    for idle, absolute in (
        ("idle_s", "absolute_s"),
        ("remembered_idle_s", "remembered_absolute_s"),
    ):
        if getattr(own, idle) > getattr(own, absolute):
            yield f"identity.{idle}", f"must not be longer than identity.{absolute}"
    if token.older_keys is None:
        return
    if token.signing_key is None:
        yield (
            "token.older_keys",
            "is set without token.signing_key: keys of the data folder are kept there",
        )
    # Only who needs it pays for cryptography: every command loads this file.
    from adapters.security.key_ring import older_keys
    from adapters.security.keys import UnusableKey

    try:
        older_keys(token.older_keys, source="token.older_keys")
    except UnusableKey as problem:
        yield "token.older_keys", str(problem).removeprefix("token.older_keys ")


def _addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    for origin in settings.http.allowed_origins:
        parts = split(origin)
        if not is_http(origin) or parts is None or f"{parts.scheme}://{parts.netloc}" != origin:
            yield (
                "http.allowed_origins",
                f"must be origins such as https://desk.example.com, not {origin!r}",
            )
    urls = {f"{section_of(name)}.url": one.url for name, one in settings.every_broker.items()}
    for key, url in (
        *urls.items(),
        ("tracing.endpoint", settings.tracing.endpoint),
    ):
        if url is not None and not (is_http(url)):
            yield key, f"must be an address such as http://127.0.0.1:8100, not {url!r}"
        elif key in urls and (url or "").startswith("https"):
            yield key, "must begin with http://: a paper venue speaks plain HTTP"
    if settings.tracing.exporter == "otlp" and not is_installed(OTLP_MODULE):
        yield (
            "tracing.exporter",
            "is otlp, which needs the package opentelemetry-exporter-otlp-proto-http",
        )


def _commands(settings: Settings) -> Iterator[tuple[str, str]]:
    try:
        read_command_keys(settings.commands.keys)
    except UnusableCommandKeys as problem:
        # It names the key by its number, and repeats no secret.
        yield "commands.keys", str(problem)
    if settings.kafka.bootstrap is not None and not is_installed("aiokafka"):
        yield "kafka.bootstrap", "is set, which needs the package aiokafka (the extra kafka)"


def _secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    vault = settings.vault
    if settings.secrets.source == "vault":
        parts = split(vault.url or "")
        if parts is None or not is_http(vault.url or ""):
            yield "vault.url", "must be an address such as https://vault.example.com:8200"
        elif parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
            yield "vault.url", "must begin with https:// unless Vault is on this machine"
        if vault.token is None and vault.role_id is None:
            yield "vault.token", "or vault.role_id must be set when secrets.source is vault"
