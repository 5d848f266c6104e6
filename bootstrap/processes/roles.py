"""Name the parts of the work, each of which can run in a process of its own."""

from dataclasses import dataclass
from enum import StrEnum

from bootstrap.settings.brokers import BrokerSettings, section_of
from bootstrap.settings.sections import Settings


class RolesUnfit(Exception):
    """These roles cannot be a process with these settings; the message says what to do."""


class Role(StrEnum):
    """One part of the work."""

    API = "api"  # HTTP and WebSockets
    MARKET = "market"  # the replay, trading days, and the venue of this process
    DISPATCH = "dispatch"  # the broker: sends, reports, reconciliation, kills
    WATCH = "watch"  # limits between orders, the audit chain
    RELAY = "relay"  # events to Kafka, and to Redis for all who answer
    COMMANDS = "commands"  # commands from Kafka
    PATTERNS = "patterns"  # what is read out of prices, and fires signals
    STRATEGIES = "strategies"  # who acts on signals
    INFERENCE = "inference"  # models, for other processes to ask
    SENTIMENT = "sentiment"  # news, and scoring texts for other processes
    FINBERT = "finbert"  # the model of tone alone, for other processes to ask


MEANING = {
    Role.API: "answers HTTP and WebSockets",
    Role.MARKET: "replays the market and keeps trading days; the paper venue too, where it is ours",
    Role.DISPATCH: "speaks to the broker: sends, reports, reconciliation, cancels of a kill",
    Role.WATCH: "watches limits between orders, and seals the audit trail",
    Role.RELAY: "publishes committed events to Kafka, and through Redis to all who answer",
    Role.COMMANDS: "carries out commands from Kafka",
    Role.PATTERNS: "reads patterns out of prices, and fires signals",
    Role.STRATEGIES: "acts on signals, as strategies say",
    Role.INFERENCE: "runs models for other processes",
    Role.SENTIMENT: "looks at the sources of news, and scores texts for other processes",
    Role.FINBERT: "scores texts by the model of tone for other processes",
}
EVERYTHING = frozenset(Role)
BACKGROUND = EVERYTHING - {Role.API}
# What a worker is told for all of these at once: none of them is asked on a port of its own then.
ALL_BUT_API = "background"
# Jobs of one process at a time; of the others any number may run side by side.
LEASED = EVERYTHING - {Role.API, Role.COMMANDS, Role.INFERENCE, Role.FINBERT}
# What has a port of its own, where it is named.
ASKED = frozenset({Role.INFERENCE, Role.SENTIMENT, Role.FINBERT})
# All that orders, cancels and stops are taken in with. Whatever else were asked for here, its
# loss would take the kill switch away with it: docs/adr/0013.
ANSWERING = frozenset({"database", "monitor"})
# What one process does for all: a role, or its work at one broker besides the default.
Job = tuple[Role, str | None]


def part_of(part: str, broker: str | None) -> str:
    """Name a part of a broker's work, as leases, tasks and health do; None is the default one."""
    return part if broker is None else f"{part}_{broker}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one process is to do, and how it stands to others.

    holder: who it says it is when it takes leases; None draws one. owns_folder: it takes the
    lock of the data folder, as no parent did. shares_port: others listen on its port too. asked:
    those of its roles that other processes ask on a port of their own.
    """

    roles: frozenset[Role] = EVERYTHING
    holder: str | None = None
    owns_folder: bool = True
    shares_port: bool = False
    asked: frozenset[Role] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether this process does everything."""
        return self.roles == EVERYTHING

    def answers(self, role: Role) -> bool:
        """Tell whether it answers what that role is asked: as the API, or for others."""
        return Role.API in self.roles or role in self.asked


def check_plan(plan: Plan, *, settings: Settings) -> None:
    """Raise RolesUnfit for roles that cannot work with these settings."""
    if plan.is_whole:
        return
    if settings.profile != "cluster":
        raise RolesUnfit(
            "workers share a database: set database_url (BALLAST_DATABASE_URL), or let"
            " `ballast serve --workers N` start them over a Postgres of its own"
        )
    paired = {Role.MARKET, Role.DISPATCH}
    ours = [section_of(name) for name, one in settings.every_broker.items() if one.url is None]
    if ours and len(paired & plan.roles) == 1:
        raise RolesUnfit(
            "the paper venue lives in the process that replays the market, and only that one can"
            f" send to it: run `ballast worker market dispatch` together, or set {ours[0]}.url to a"
            " venue of its own"
        )
    outside = settings.kafka.bootstrap or settings.redis.url
    if plan.roles == {Role.RELAY} and outside is None:
        raise RolesUnfit("the relay publishes to Kafka and Redis: set kafka.bootstrap or redis.url")
    if Role.INFERENCE in plan.asked and settings.inference.model_dir is None:
        raise RolesUnfit("whoever runs models for others needs them: set inference.model_dir")
    if Role.FINBERT in plan.asked and settings.sentiment.model is None:
        raise RolesUnfit("whoever scores texts by a model needs one: set sentiment.model")
    if plan.roles == {Role.COMMANDS} and None in (settings.kafka.bootstrap, settings.commands.keys):
        raise RolesUnfit(
            "commands come from Kafka, signed with a key: set kafka.bootstrap and commands.keys"
        )


def has_venue(settings: BrokerSettings, *, plan: Plan) -> bool:
    """Tell whether the broker's venue lives in the process."""
    return settings.url is None and Role.MARKET in plan.roles


def needed_by(plan: Plan) -> frozenset[str] | None:
    """Return the parts that readiness waits for; None for a worker: each that says so."""
    return ANSWERING if Role.API in plan.roles else None
