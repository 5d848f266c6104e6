"""Load the settings: the environment wins over the file, the file over the defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bootstrap.settings.catalogue import (
    OTHER_VARIABLES,
    OTHERS_PREFIXES,
    PREFIX,
    Entry,
    catalogue,
    sections,
)
from bootstrap.settings.contradictions import contradictions
from bootstrap.settings.faults import Fault, InvalidSettings, did_you_mean
from bootstrap.settings.file import SettingsFile, read_file
from bootstrap.settings.sections import Settings
from bootstrap.settings.values import Wrong, from_text, from_toml

DEFAULT_FILE = Path("ballast.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings in force, and where each one that is no default was set."""

    settings: Settings
    sources: Mapping[str, str]


@dataclass(slots=True)
class _Reading:
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def load_settings(
    *,
    environment: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
    listens: bool = True,
) -> Loaded:
    """Return the settings in force; raises InvalidSettings with every fault found.

    overrides are options of a command line by dotted name, and win over everything.
    listens: false for who answers nobody, and need not say what encrypts the answers.
    """
    reading = _Reading()
    _take_file(reading, _file(environment))
    _take_environment(reading, environment)
    for key, text in (overrides or {}).items():
        option = "--" + key.replace(".", "-").replace("_", "-")
        _take(reading, catalogue()[key], text, read=from_text, place=option)
    settings = _built(reading.values)
    # A value that was refused must not be reported a second time as contradicting another.
    if not reading.faults:
        reading.faults += contradictions(settings, sources=reading.sources, listens=listens)
    if reading.faults:
        raise InvalidSettings(reading.faults)
    return Loaded(settings=settings, sources=reading.sources)


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
    known = catalogue()
    for key, value in file.values.items():
        entry = known.get(key)
        if entry is None:
            # A section without settings ends in a dot, and is harmless.
            if not (key.endswith(".") and key[:-1] in sections()):
                reading.faults.append(Fault(source=file.source(key), problem=_unknown(key)))
            continue
        _take(reading, entry, value, read=from_toml, place=file.source(key))


def _unknown(key: str) -> str:
    section, _, _ = key.partition(".")
    if key in sections():
        return f"must be a section [{key}] with its settings below"
    if "." in key and section not in sections():
        return f"unknown section [{section}]{did_you_mean(section, sections())}"
    return f"unknown setting{did_you_mean(key, catalogue())}"


def _take_environment(reading: _Reading, environment: Mapping[str, str]) -> None:
    by_variable = {entry.variable: entry for entry in catalogue().values()}
    ours = {name for name in environment if name.startswith(PREFIX)} - OTHER_VARIABLES.keys()
    for name in sorted(ours):
        if name.startswith(OTHERS_PREFIXES):
            continue
        entry = by_variable.get(name)
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
    except Wrong as problem:
        # A secret is not repeated.
        said = "must be text; what was given is not shown" if entry.rule.secret else str(problem)
        reading.faults.append(Fault(source=place, problem=said))


def _built(values: Mapping[str, Any]) -> Settings:
    given: dict[str, dict[str, Any]] = {name: {} for name in ("", *sections())}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        given[section][name] = value
    top = given.pop("")
    if top.get("database_url") is not None:
        top.setdefault("profile", "cluster")
    parts = {name: section(**given[name]) for name, section in sections().items()}
    return Settings(**top, **parts)
