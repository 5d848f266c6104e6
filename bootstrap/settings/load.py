"""Load the settings: the environment wins over the file, the file over the defaults."""

from collections.abc import Mapping
from typing import Any

from adapters.settings.declared import Declared
from adapters.settings.faults import InvalidSettings
from adapters.settings.load import LoadedSettings, read_settings
from bootstrap.settings.brokers import BROKER_KINDS
from bootstrap.settings.contradictions import contradictions
from bootstrap.settings.sections import Settings


def _implied(top: Mapping[str, Any]) -> Mapping[str, Any]:
    return {} if top.get("database_url") is None else {"profile": "cluster"}


DECLARED = Declared(
    root=Settings,
    brokers=BROKER_KINDS,
    other_variables={
        "BALLAST_CONFIG": "The settings file, instead of ./ballast.toml.",
        "BALLAST_URL": "The server that client commands talk to.",
        "BALLAST_TOKEN": "The access token that client commands send.",
    },
    # The project's own tests and benchmarks.
    others_prefixes=("BALLAST_BENCH_", "BALLAST_TEST_"),
    implied=_implied,
)


def load_settings(
    *,
    environment: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
    listens: bool = True,
) -> LoadedSettings[Settings]:
    """Return the settings in force; raises InvalidSettings with every fault found.

    overrides are options of a command line by dotted name, and win over everything.
    listens: false for who answers nobody, and need not say what encrypts the answers.
    """
    loaded = read_settings(DECLARED, environment=environment, overrides=overrides)
    # A value that was refused must not be reported a second time as contradicting another.
    wrong = [loaded.fault(*one) for one in contradictions(loaded.settings, listens=listens)]
    if wrong:
        raise InvalidSettings(wrong)
    return loaded
