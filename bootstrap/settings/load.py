"""Load the settings: the environment wins over the file, the file over the defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.settings.faults import Fault, InvalidSettings, did_you_mean
from adapters.settings.file import SettingsFile, read_file
from bootstrap.settings.catalogue import (
    OTHER_VARIABLES,
    OTHERS_PREFIXES,
    PREFIX,
    Entry,
    catalogue,
    sections,
)
from bootstrap.settings.contradictions import contradictions
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
        _take_text(reading, catalogue()[key], text, source=option)
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
        try:
            reading.values[key] = from_toml(entry, value)
            reading.sources[key] = file.source(key).removesuffix(f" {key}")
        except Wrong as problem:
            reading.faults.append(_wrong(entry, problem, source=file.source(key)))


def _unknown(key: str) -> str:
    section, _, _ = key.partition(".")
    if key in sections():
        return f"must be a section [{key}] with its settings below"
    if "." in key and section not in sections():
        return f"unknown section [{section}]{did_you_mean(section, sections())}"
    return f"unknown setting{did_you_mean(key, catalogue())}"


def _take_environment(reading: _Reading, environment: Mapping[str, str]) -> None:
    by_variable = {entry.variable: entry for entry in catalogue().values()}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name.startswith(OTHERS_PREFIXES):
            continue
        if name in OTHER_VARIABLES:
            continue
        entry = by_variable.get(name)
        if entry is None:
            hint = did_you_mean(name, [*by_variable, *OTHER_VARIABLES])
            reading.faults.append(Fault(source=name, problem=f"unknown variable{hint}"))
            continue
        _take_text(reading, entry, environment[name], source=name)


def _take_text(reading: _Reading, entry: Entry, text: str, *, source: str) -> None:
    try:
        reading.values[entry.key] = from_text(entry, text)
        reading.sources[entry.key] = source
    except Wrong as problem:
        reading.faults.append(_wrong(entry, problem, source=source))


def _wrong(entry: Entry, problem: Wrong, *, source: str) -> Fault:
    """Report a value that cannot be taken, without repeating a secret."""
    if entry.rule.secret:
        return Fault(source=source, problem="must be text; what was given is not shown")
    return Fault(source=source, problem=str(problem))


def _built(values: Mapping[str, Any]) -> Settings:
    parts: dict[str, Any] = {}
    for name, section in sections().items():
        prefix = f"{name}."
        given = {
            key.removeprefix(prefix): value
            for key, value in values.items()
            if key.startswith(prefix)
        }
        parts[name] = section(**given)
    top = {key: value for key, value in values.items() if "." not in key}
    if "profile" not in top and top.get("database_url") is not None:
        top["profile"] = "cluster"
    return Settings(**top, **parts)
