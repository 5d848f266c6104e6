"""List every setting: what can be set, to what, and what it does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from adapters.settings.field import setting
from bootstrap.settings.adviser import AdviserSettings
from bootstrap.settings.agents import AgentSettings
from bootstrap.settings.audit import AuditSettings
from bootstrap.settings.backup import BackupSettings
from bootstrap.settings.brokers import BrokerSettings, PaperSettings, brokers_of
from bootstrap.settings.collar import CollarSettings
from bootstrap.settings.devices import DeviceSettings
from bootstrap.settings.holdings import HoldingSettings
from bootstrap.settings.http import HttpSettings, RateSettings
from bootstrap.settings.identity import IdentitySettings, TokenSettings
from bootstrap.settings.inference import InferenceSettings
from bootstrap.settings.keeping import MonitorSettings, RetentionSettings
from bootstrap.settings.kill import KillSettings
from bootstrap.settings.market import MarketSettings
from bootstrap.settings.notifications import NotificationSettings
from bootstrap.settings.passkeys import PasskeySettings
from bootstrap.settings.pre_trade import PreTradeSettings
from bootstrap.settings.risk import RiskSettings
from bootstrap.settings.secret_sections import SecretsSettings, VaultSettings
from bootstrap.settings.sentiment import SentimentSettings
from bootstrap.settings.signals import PatternSettings, SignalSettings
from bootstrap.settings.strategies import StrategySettings
from bootstrap.settings.succession import SuccessionSettings
from bootstrap.settings.watchdog import WatchdogSettings
from bootstrap.settings.workspaces import WorkspaceSettings

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerSettings:
    """Who owns the first tenant."""

    email: str = setting("owner@localhost", "The owner's e-mail address, used to log in.")
    name: str = setting("Home", "The tenant's name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    """How daily prices are replayed."""

    seconds_per_day: float = setting(
        1.0, "Seconds that a trading day takes; 0 is as fast as it can.", low=0, high=_DAY_S
    )
    start: date | None = setting(
        date(2005, 1, 3),
        "The first day, at the very first start; the days before it are known as history.",
    )
    end: date | None = setting(None, "The last day.")
    paused: bool = setting(False, "Start paused.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """Sending orders to brokers."""

    accounts_at_once: int = setting(
        16, "Accounts of one broker whose orders are sent side by side.", low=1, high=64
    )
    orders_at_once: int = setting(
        64,
        "Orders of one account that are on their way at the same time; 8 at most at a broker"
        " that does not refuse every client order id it has seen.",
        low=1,
        high=256,
    )
    backlog_s: float = setting(
        5.0,
        "Work of an account or a venue that may wait to be sent, in seconds; orders that open"
        " are answered 503 beyond it.",
        low=0.5,
        high=86_400,
    )
    sends_per_s: float = setting(
        1_000.0, "Submits and replaces that a broker elsewhere gets.", low=1, high=100_000
    )
    reads_per_s: float = setting(
        500.0,
        "Cancels and reads that a broker elsewhere gets, from a budget of their own.",
        low=1,
        high=100_000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettings:
    """Orders on their way."""

    approval_age_max_s: float = setting(
        5.0,
        "Age of the gate's approval above which nothing leaves: it is asked again before.",
        low=2,
        high=60,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Kafka: commands come in from it, committed events go out to it."""

    bootstrap: str | None = setting(
        None, "Brokers to ask first, such as kafka-1:9092,kafka-2:9092; without any, no Kafka."
    )
    client_id: str = setting("ballast", "How we name ourselves to the brokers.")
    group: str = setting("ballast", "The consumer group of what we read.")
    security_protocol: str = setting(
        "PLAINTEXT",
        "How connections are secured.",
        choices=("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    )
    sasl_mechanism: str = setting(
        "PLAIN",
        "How we log in, where security_protocol is a SASL one.",
        choices=("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    )
    sasl_username: str | None = setting(None, "The user to log in as.")
    sasl_password: str | None = setting(None, "Its password.", secret=True)
    partitions: int | None = setting(
        None,
        "Partitions of each topic that we make, in place of its own number: 12, of heartbeats 3.",
        low=1,
        high=1_000,
    )
    replicas: int = setting(
        3, "Replicas of each topic that we make; never more than there are brokers.", low=1, high=9
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    """Commands over Kafka."""

    keys: str | None = setting(
        None,
        "Who may send commands, as a JSON list of keys (docs/commands.md); nobody without.",
        secret=True,
    )
    lifetime_max_s: float = setting(
        3_600.0, "The longest time from issued_at to expires_at.", low=1, high=_DAY_S
    )
    clock_skew_s: float = setting(
        5.0,
        "How far issued_at may lie ahead of our clock; an expiry gets no grace.",
        low=0,
        high=300,
    )
    in_flight_max: int = setting(
        64,
        "Commands in hand at once; those of one account go one after the other.",
        low=1,
        high=512,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """What several processes share; nothing is lost without it."""

    url: str | None = setting(
        None,
        "A Redis (7.0 or newer) or Valkey to use, such as redis://:password@host:6379/0.",
        secret=True,
    )
    answer_ms: int = setting(
        250,
        "How long an answer may take; then Redis is taken to be away until it answers a probe.",
        low=10,
        high=5_000,
    )
    processes: int = setting(
        1,
        "Server processes that share the rate limits; while Redis is away each keeps to its part.",
        low=1,
        high=1_000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is written to standard error."""

    format: str = setting("console", "How a line looks.", choices=("console", "json"))
    level: str = setting(
        "info", "The least level written.", choices=("debug", "info", "warning", "error")
    )
    requests: bool = setting(
        True, "Whether each answered request is a line; what is audited is not affected."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSettings:
    """Spans of what a request did."""

    exporter: str = setting("off", "Where spans go.", choices=("off", "console", "otlp"))
    endpoint: str = setting(
        "http://127.0.0.1:4318/v1/traces", "The collector of the otlp exporter (OTLP over HTTP)."
    )
    sampled: float = setting(1.0, "Share of requests that are traced.", low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    profile: str = setting(
        "embedded",
        "Where data is kept: in memory (lost at exit), in a Postgres of our own, or in one"
        " that is given. Giving database_url alone means cluster.",
        choices=("memory", "embedded", "cluster"),
    )
    data_dir: Path = setting(Path("var"), "The folder for the database, keys and the lock.")
    database_url: str | None = setting(
        None, "A Postgres to use, such as postgresql://user:password@host/name.", secret=True
    )
    database_app_url: str | None = setting(
        None,
        "The login by which requests reach that Postgres, where `ballast migrate` may not make"
        " one: owner of nothing, no superuser, without BYPASSRLS.",
        secret=True,
    )
    database_row_security: str = setting(
        "enforced",
        "Whether a login that row-level security does not bind may answer requests: a start"
        " with one is refused, or warned of.",
        choices=("enforced", "warn"),
    )
    pg_bindir: Path | None = setting(
        None, "The folder of initdb and postgres, where they are not found by themselves."
    )
    offline: bool = setting(
        False,
        "Whether this process connects to loopback only: settings that name other machines are"
        " refused, and so is every connection that would leave this one.",
    )
    owner: OwnerSettings = field(default_factory=OwnerSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    rates: RateSettings = field(default_factory=RateSettings)
    token: TokenSettings = field(default_factory=TokenSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    passkeys: PasskeySettings = field(default_factory=PasskeySettings)
    devices: DeviceSettings = field(default_factory=DeviceSettings)
    market: MarketSettings = field(default_factory=MarketSettings)
    replay: ReplaySettings = field(default_factory=ReplaySettings)
    paper: PaperSettings = field(default_factory=PaperSettings)
    # More brokers, by name.
    brokers: Mapping[str, BrokerSettings] = field(default_factory=dict)
    collar: CollarSettings = field(default_factory=CollarSettings)
    dispatch: DispatchSettings = field(default_factory=DispatchSettings)
    orders: OrderSettings = field(default_factory=OrderSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    kill: KillSettings = field(default_factory=KillSettings)
    pre_trade: PreTradeSettings = field(default_factory=PreTradeSettings)
    watchdog: WatchdogSettings = field(default_factory=WatchdogSettings)
    adviser: AdviserSettings = field(default_factory=AdviserSettings)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    commands: CommandSettings = field(default_factory=CommandSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    log: LogSettings = field(default_factory=LogSettings)
    tracing: TracingSettings = field(default_factory=TracingSettings)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    agents: AgentSettings = field(default_factory=AgentSettings)
    signals: SignalSettings = field(default_factory=SignalSettings)
    patterns: PatternSettings = field(default_factory=PatternSettings)
    sentiment: SentimentSettings = field(default_factory=SentimentSettings)
    inference: InferenceSettings = field(default_factory=InferenceSettings)
    strategies: StrategySettings = field(default_factory=StrategySettings)
    holdings: HoldingSettings = field(default_factory=HoldingSettings)
    workspaces: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    succession: SuccessionSettings = field(default_factory=SuccessionSettings)
    secrets: SecretsSettings = field(default_factory=SecretsSettings)
    vault: VaultSettings = field(default_factory=VaultSettings)

    @property
    def every_broker(self) -> Mapping[str, BrokerSettings]:
        """All brokers by name, first the one that accounts are opened at unless one is named."""
        return brokers_of(self.paper, self.brokers)
