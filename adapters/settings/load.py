"""Load the settings: the environment wins over the file, the file over the defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from adapters.settings.declared import PREFIX, BrokerKinds, Declared, Entry, variable_of
from adapters.settings.faults import Fault, InvalidSettings, did_you_mean
from adapters.settings.file import BROKERS, SettingsFile, read_file
from adapters.settings.values import InvalidSetting, from_text, from_toml

S = TypeVar("S")

DEFAULT_FILE = Path("ballast.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSettings(Generic[S]):
    """The settings in force, and where each one that is no default was set."""

    declared: Declared[S]
    settings: S
    sources: Mapping[str, str]

    def fault(self, key: str, problem: str) -> Fault:
        """Return what is wrong with a setting, by where it was set, or could be."""
        source = self.sources.get(key, variable_of(key))
        return Fault(source=source if key in source else f"{source} ({key})", problem=problem)


@dataclass(slots=True, kw_only=True)
class _Reading(Generic[S]):
    declared: Declared[S]
    # Every setting by its dotted name, those of the brokers that are named here too.
    known: dict[str, Entry]
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    # Brokers by name and kind; None where that is not known.
    brokers: dict[str, str | None] = field(default_factory=dict)


def read_settings(
    declared: Declared[S],
    *,
    environment: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
) -> LoadedSettings[S]:
    """Return the settings in force; raises InvalidSettings with every fault found.

    overrides are options of a command line by dotted name, and win over everything.
    """
    reading = _Reading(declared=declared, known=dict(declared.catalogue))
    file = _file(environment)
    reading.known |= _named_brokers(reading, file=file, environment=environment)
    _take_file(reading, file)
    _take_environment(reading, environment)
    for key, text in (overrides or {}).items():
        option = "--" + key.replace(".", "-").replace("_", "-")
        _take(reading, declared.catalogue[key], text, read=from_text, place=option)
    settings = _built(reading)
    if reading.faults:
        raise InvalidSettings(reading.faults)
    return LoadedSettings(declared=declared, settings=settings, sources=reading.sources)


def _file(environment: Mapping[str, str]) -> SettingsFile:
    named = environment.get("BALLAST_CONFIG", "")
    try:
        return read_file(Path(named) if named else DEFAULT_FILE)
    except FileNotFoundError:
        if not named:
            return SettingsFile()
        problem = f"there is no file {named}; name one that exists, or unset it"
        raise InvalidSettings([Fault(source="BALLAST_CONFIG", problem=problem)]) from None


def _take_file(reading: _Reading[S], file: SettingsFile) -> None:
    for key, value in file.values.items():
        entry = reading.known.get(key)
        if entry is None:
            # A section without settings ends in a dot, and is harmless.
            is_empty = key.endswith(".") and key[:-1] in {*reading.declared.sections, BROKERS}
            if not is_empty and not _is_told(reading, key):
                reading.faults.append(
                    Fault(source=file.source(key), problem=_unknown(key, reading))
                )
            continue
        _take(reading, entry, value, read=from_toml, place=file.source(key))


def _unknown(key: str, reading: _Reading[S]) -> str:
    section, _, _ = key.partition(".")
    sections = reading.declared.sections
    if key in sections:
        return f"must be a section [{key}] with its settings below"
    if section == BROKERS:
        return f"unknown setting{did_you_mean(key, reading.known)}"
    if "." in key and section not in sections:
        return f"unknown section [{section}]{did_you_mean(section, sections)}"
    return f"unknown setting{did_you_mean(key, reading.declared.catalogue)}"


def _take_environment(reading: _Reading[S], environment: Mapping[str, str]) -> None:
    by_variable = {entry.variable: entry for entry in reading.known.values()}
    declared = reading.declared
    ours = {name for name in environment if name.startswith(PREFIX)}
    ours -= declared.other_variables.keys()
    for name in sorted(ours):
        if name.startswith(declared.others_prefixes):
            continue
        entry = by_variable.get(name)
        if entry is None and _is_told(reading, _broker_key(name)):
            continue
        if entry is None:
            hint = did_you_mean(name, [*by_variable, *declared.other_variables])
            reading.faults.append(Fault(source=name, problem=f"unknown variable{hint}"))
            continue
        _take(reading, entry, environment[name], read=from_text, place=name)


def _take(
    reading: _Reading[S], entry: Entry, value: Any, *, read: Callable[[Entry, Any], Any], place: str
) -> None:
    try:
        reading.values[entry.key] = read(entry, value)
        reading.sources[entry.key] = place.removesuffix(f" {entry.key}")
    except InvalidSetting as problem:
        # A secret is not repeated.
        said = "must be text; what was given is not shown" if entry.rule.secret else str(problem)
        reading.faults.append(Fault(source=place, problem=said))


def _named_brokers(
    reading: _Reading[S], *, file: SettingsFile, environment: Mapping[str, str]
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
        problem = _misnamed(name, kind, known=reading.declared.brokers)
        if problem is not None:
            reading.faults.append(Fault(source=source, problem=problem))
        reading.brokers[name] = None if problem is not None else str(kind)
        if problem is None:
            entries |= reading.declared.broker_entries(name, str(kind))
    return entries


def _misnamed(name: str, kind: object, *, known: BrokerKinds) -> str | None:
    kinds = ", ".join(known.settings)
    if name == known.always:
        return f"the broker {name} is set in [{name}], without a kind"
    if not known.name.fullmatch(name):
        return f"a broker {known.name_wanted}"
    if kind is None:
        return f"must have brokers.{name}.kind: one of {kinds}"
    if isinstance(kind, str) and kind in known.settings:
        return None
    return f"brokers.{name}.kind must be one of {kinds}, not {kind!r}"


def _broker_key(variable: str) -> str:
    """Return the dotted name of a variable of a broker by name, empty for every other."""
    of = variable.removeprefix(f"{PREFIX}{BROKERS.upper()}_")
    if of == variable:
        return ""
    name, _, rest = of.lower().partition("_")
    return f"{BROKERS}.{name}.{rest}"


def _is_told(reading: _Reading[S], key: str) -> bool:
    """Tell whether a setting is of a broker of which something else was found to be wrong."""
    section, _, rest = key.partition(".")
    name = rest.partition(".")[0]
    return section == BROKERS and name in reading.brokers and reading.brokers[name] is None


def _built(reading: _Reading[S]) -> S:
    values, declared = reading.values, reading.declared
    parts: dict[str, Any] = {
        name: section(**_of(values, name)) for name, section in declared.sections.items()
    }
    brokers = {}
    for name, kind in reading.brokers.items():
        if kind is not None:
            given = _of(values, f"{BROKERS}.{name}")
            given.pop("kind", None)
            brokers[name] = declared.brokers.settings[kind](**given)
    top = {key: value for key, value in values.items() if "." not in key}
    made: Callable[..., S] = declared.root
    return made(**{**declared.implied(top), **top}, **parts, brokers=brokers)


def _of(values: Mapping[str, Any], section: str) -> dict[str, Any]:
    prefix = f"{section}."
    return {
        key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)
    }
