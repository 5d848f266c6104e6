"""Build what compares a log-in with those before it."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from adapters.geo_lookup.networks_file import NetworksFile
from adapters.memory.login_anomaly import RulesAlone
from adapters.scikit_learn.login_anomaly import ForestLoginAnomaly
from application.identity.assess import Assess
from application.identity.login_memory import LoginMemory
from bootstrap.settings.devices import DeviceSettings
from ports.geo_lookup import GeoLookup
from ports.identity import People
from ports.login_anomaly import LoginAnomaly


class GeoLookupSource(GeoLookup, Protocol):
    """Places that are read at the start."""

    def start(self) -> None:
        """Read them; raises what says which line is wrong."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginParts:
    """Where networks are, and the score; the file is to be started, the score to be stopped."""

    settings: DeviceSettings
    geo_lookup: GeoLookupSource
    anomaly: LoginAnomaly

    def stop(self) -> None:
        """Let the score's thread go."""
        if isinstance(self.anomaly, ForestLoginAnomaly):
            self.anomaly.stop()


def has_forest() -> bool:
    """Tell whether the extra `anomaly` is installed; nothing is imported for it."""
    return find_spec("sklearn") is not None


def build_logins(settings: DeviceSettings) -> LoginParts:
    """Build them; without scikit-learn the rules alone speak."""
    anomaly: LoginAnomaly = ForestLoginAnomaly() if has_forest() else RulesAlone()
    return LoginParts(
        settings=settings, geo_lookup=NetworksFile(settings.places_file), anomaly=anomaly
    )


def build_assess(parts: LoginParts, *, memory: LoginMemory, people: People) -> Assess:
    """Build what says what a log-in still has to show."""
    return Assess(
        memory=memory,
        people=people,
        anomaly=parts.anomaly,
        strange_from=parts.settings.strange_from,
    )
