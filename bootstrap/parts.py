"""Hold every part of one process: made by name, when it is first asked for, and once."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from dependency_injector import providers
from dependency_injector.containers import DynamicContainer

from adapters.telemetry.health import HealthBoard
from adapters.telemetry.kafka_reach import KafkaReach
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.tracing import Tracing
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Plan, Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.streams.sharing import Sharing
from bootstrap.system import System, Wakeups

Built = TypeVar("Built")
Builder = Callable[..., Any]


class Parts:
    """The parts of one process, each from its builder or given instead of what that builds."""

    def __init__(
        self,
        container: DynamicContainer,
        *,
        names: Mapping[Builder, str],
    ) -> None:
        self._container = container
        self._names = names

    def of(self, build: Callable[..., Built]) -> Built:
        """Return what that builder builds here."""
        return cast(Built, self.named(self._names[build]))

    def named(self, name: str) -> Any:
        """Return the part of that name."""
        return self._container.providers[name]()

    def make(self) -> "Parts":
        """Make every part now, so that a wiring fault shows at boot and not at a request."""
        for provider in self._container.providers.values():
            provider()
        return self

    def replace(self, name: str, part: Any) -> None:
        """Have another part in that one's place; of what was made before nothing changes."""
        self._container.providers[name].override(providers.Object(part))

    @property
    def takes_commands(self) -> bool:
        """Whether this process takes commands in: where somebody has a key to send them."""
        kafka, keys = self.settings.kafka.bootstrap, self.settings.commands.keys
        return Role.COMMANDS in self.plan.roles and None not in (kafka, keys)

    # What every process has, whatever its areas are.

    @property
    def settings(self) -> Settings:
        """What is set."""
        return cast(Settings, self.named("settings"))

    @property
    def plan(self) -> Plan:
        """What this process is to do."""
        return cast(Plan, self.named("plan"))

    @property
    def system(self) -> System:
        """Time, ids and chance."""
        return cast(System, self.named("system"))

    @property
    def wakeups(self) -> Wakeups:
        """Hints between use cases and loops."""
        return cast(Wakeups, self.named("wakeups"))

    @property
    def jobs(self) -> Jobs:
        """The leases of this process."""
        return cast(Jobs, self.named("jobs"))

    @property
    def health(self) -> HealthBoard:
        """How each part is."""
        return cast(HealthBoard, self.named("health"))

    @property
    def reach(self) -> KafkaReach:
        """Whether Kafka answers."""
        return cast(KafkaReach, self.named("reach"))

    @property
    def metrics(self) -> Metrics:
        """What Prometheus reads."""
        return cast(Metrics, self.named("metrics"))

    @property
    def tracing(self) -> Tracing | None:
        """Where spans go, None where tracing is off."""
        return cast("Tracing | None", self.named("tracing"))

    @property
    def storage(self) -> Storage:
        """Every port that keeps data."""
        return cast(Storage, self.named("storage"))

    @property
    def sharing(self) -> Sharing:
        """Every port whose state several processes share."""
        return cast(Sharing, self.named("sharing"))
