"""Load the settings: the environment wins over the file, the file over the defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.settings.faults import Fault, InvalidSettings, did_you_mean
from adapters.settings.file import BROKERS, SettingsFile, read_file
from bootstrap.settings.brokers import KINDS, NAME, NAME_WANTED, PAPER
from bootstrap.settings.catalogue import (
    OTHER_VARIABLES,
    OTHERS_PREFIXES,
    PREFIX,
    Entry,
    broker_entries,
    catalogue,
    sections,
)
from bootstrap.settings.contradictions import contradictions
from bootstrap.settings.sections import Settings
from bootstrap.settings.values import InvalidSetting, from_text, from_toml

DEFAULT_FILE = Path("ballast.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSettings:
    """The settings in force, and where each one that is no default was set."""

    settings: Settings
    sources: Mapping[str, str]


@dataclass(slots=True)
class _Reading:
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    # Every setting by its dotted name, those of the brokers that are named here too.
    known: dict[str, Entry] = field(default_factory=lambda: dict(catalogue()))
    # Brokers by name and kind; None where that is not known.
    brokers: dict[str, str | None] = field(default_factory=dict)


def load_settings(
    *,
    environment: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
    listens: bool = True,
) -> LoadedSettings:
    """Return the settings in force; raises InvalidSettings with every fault found.

    overrides are options of a command line by dotted name, and win over everything.
    listens: false for who answers nobody, and need not say what encrypts the answers.
    """
    reading = _Reading()
    file = _file(environment)
    reading.known |= _named_brokers(reading, file=file, environment=environment)
    _take_file(reading, file)
    _take_environment(reading, environment)
    for key, text in (overrides or {}).items():
        option = "--" + key.replace(".", "-").replace("_", "-")
        _take(reading, catalogue()[key], text, read=from_text, place=option)
    settings = _built(reading)
    # A value that was refused must not be reported a second time as contradicting another.
    if not reading.faults:
        reading.faults += contradictions(settings, sources=reading.sources, listens=listens)
    if reading.faults:
        raise InvalidSettings(reading.faults)
    return LoadedSettings(settings=settings, sources=reading.sources)


def _file(environment: Mapping[str, str]) -> SettingsFile:
    named = environment.get("BALLAST_CONFIG", "")
    try:
        return read_file(Path(named) if named else DEFAULT_FILE)
    except FileNotFoundError:
        if not named:
            return SettingsFile()
        problem = f"there is no file {named}; name one that exists, or unset it"
        raise InvalidSettings([Fault(source="BALLAST_CONFIG", problem=problem)]) from None


def _take_file(reading: _Reading, file: SettingsFile) -> None:
    for key, value in file.values.items():
        entry = reading.known.get(key)
        if entry is None:
            # A section without settings ends in a dot, and is harmless.
            is_empty = key.endswith(".") and key[:-1] in {*sections(), BROKERS}
            if not is_empty and not _is_told(reading, key):
                reading.faults.append(
                    Fault(source=file.source(key), problem=_unknown(key, reading.known))
                )
            continue
        _take(reading, entry, value, read=from_toml, place=file.source(key))


def _unknown(key: str, known: Mapping[str, Entry]) -> str:
    section, _, _ = key.partition(".")
    if key in sections():
        return f"must be a section [{key}] with its settings below"
    if section == BROKERS:
        return f"unknown setting{did_you_mean(key, known)}"
    if "." in key and section not in sections():
        return f"unknown section [{section}]{did_you_mean(section, sections())}"
    return f"unknown setting{did_you_mean(key, catalogue())}"


def _take_environment(reading: _Reading, environment: Mapping[str, str]) -> None:
    by_variable = {entry.variable: entry for entry in reading.known.values()}
    ours = {name for name in environment if name.startswith(PREFIX)} - OTHER_VARIABLES.keys()
    for name in sorted(ours):
        if name.startswith(OTHERS_PREFIXES):
            continue
        entry = by_variable.get(name)
        if entry is None and _is_told(reading, _broker_key(name)):
            continue
        if entry is None:
            hint = did_you_mean(name, [*by_variable, *OTHER_VARIABLES])
            reading.faults.append(Fault(source=name, problem=f"unknown variable{hint}"))
            continue
        _take(reading, entry, environment[name], read=from_text, place=name)


def _take(
    reading: _Reading, entry: Entry, value: Any, *, read: Callable[[Entry, Any], Any], place: str
) -> None:
    try:
        reading.values[entry.key] = read(entry, value)
        reading.sources[entry.key] = place.removesuffix(f" {entry.key}")
    except InvalidSetting as problem:
        # A secret is not repeated.
        said = "must be text; what was given is not shown" if entry.rule.secret else str(problem)
        reading.faults.append(Fault(source=place, problem=said))


def _named_brokers(
    reading: _Reading, *, file: SettingsFile, environment: Mapping[str, str]
) -> dict[str, Entry]:
    """Return the settings of the brokers that file and environment name; note what is wrong."""
    said: dict[str, tuple[str, object]] = {}
    for key, value in file.values.items():
        section, _, rest = key.partition(".")
        if section == BROKERS and (name := rest.partition(".")[0]):
            said.setdefault(name, (file.source(key), None))
            if rest == f"{name}.kind":
                said[name] = (file.source(key), value)
    for variable in sorted(environment):
        name, _, rest = _broker_key(variable).removeprefix(f"{BROKERS}.").partition(".")
        if _broker_key(variable) and name:
            before = said.get(name, (variable, None))
            said[name] = (variable, environment[variable]) if rest == "kind" else before
    entries: dict[str, Entry] = {}
    for name, (source, kind) in said.items():
        problem = _misnamed(name, kind)
        if problem is not None:
            reading.faults.append(Fault(source=source, problem=problem))
        reading.brokers[name] = None if problem is not None else str(kind)
        if problem is None:
            entries |= broker_entries(name, str(kind))
    return entries


def _misnamed(name: str, kind: object) -> str | None:
    kinds = ", ".join(KINDS)
    if name == PAPER:
        return f"the broker {PAPER} is set in [{PAPER}], without a kind"
    if not NAME.fullmatch(name):
        return f"a broker {NAME_WANTED}"
    if kind is None:
        return f"must have brokers.{name}.kind: one of {kinds}"
    if isinstance(kind, str) and kind in KINDS:
        return None
    return f"brokers.{name}.kind must be one of {kinds}, not {kind!r}"


def _broker_key(variable: str) -> str:
    """Return the dotted name of a variable of a broker by name, empty for every other."""
    of = variable.removeprefix(f"{PREFIX}{BROKERS.upper()}_")
    if of == variable:
        return ""
    name, _, rest = of.lower().partition("_")
    return f"{BROKERS}.{name}.{rest}"


def _is_told(reading: _Reading, key: str) -> bool:
    """Tell whether a setting is of a broker of which something else was found to be wrong."""
    section, _, rest = key.partition(".")
    name = rest.partition(".")[0]
    return section == BROKERS and name in reading.brokers and reading.brokers[name] is None


def _built(reading: _Reading) -> Settings:
    values = reading.values
    parts: dict[str, Any] = {
        name: section(**_of(values, name)) for name, section in sections().items()
    }
    brokers = {}
    for name, kind in reading.brokers.items():
        if kind is not None:
            given = _of(values, f"{BROKERS}.{name}")
            given.pop("kind", None)
            brokers[name] = KINDS[kind](**given)
    top = {key: value for key, value in values.items() if "." not in key}
    if "profile" not in top and top.get("database_url") is not None:
        top["profile"] = "cluster"
    return Settings(**top, **parts, brokers=brokers)


def _of(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    prefix = f"{section}."
    return {
        key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)
    }
