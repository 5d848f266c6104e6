"""Walk through all settings that are declared, by their dotted names."""

import dataclasses
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeGuard, TypeVar, get_args, get_origin, get_type_hints

from adapters.settings.field import Rule

S = TypeVar("S")

PREFIX = "BALLAST_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One setting: where it stands, its plain type, whether it may be none, default and rule."""

    section: str
    name: str
    kind: Any
    optional: bool
    default: Any
    rule: Rule

    @property
    def key(self) -> str:
        """The dotted name, such as http.port."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """The environment variable, such as BALLAST_HTTP_PORT."""
        return variable_of(self.key)


def variable_of(key: str) -> str:
    """Return the environment variable of a dotted name."""
    return PREFIX + key.replace(".", "_").upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerKinds:
    """What a broker by name can be called, and be: the settings of each kind."""

    # The one that is always there, in the section of its own kind.
    always: str
    name: re.Pattern[str]
    name_wanted: str
    kind: Rule
    settings: Mapping[str, type]

    def of(self, settings: object) -> str:
        """Return what a broker is."""
        return next(kind for kind, made in self.settings.items() if type(settings) is made)


@dataclass(frozen=True, kw_only=True)
class Declared(Generic[S]):
    """Everything that can be set: a class whose fields are settings, and sections of them.

    implied says, of the values that stand outside of sections, what they mean for others there.
    """

    root: type[S]
    brokers: BrokerKinds
    # Read before or without settings, by name, with what they are for.
    other_variables: Mapping[str, str]
    # Variables of others that share the environment.
    others_prefixes: tuple[str, ...]
    implied: Callable[[Mapping[str, Any]], Mapping[str, Any]]

    @cached_property
    def catalogue(self) -> dict[str, Entry]:
        """Every setting by its dotted name, in the order declared."""
        return {entry.key: entry for entry in _entries("", self.root)}

    @cached_property
    def sections(self) -> dict[str, type]:
        """The section classes by name."""
        hints = get_type_hints(self.root)
        return {name: hint for name, hint in hints.items() if _is_section(hint)}

    def broker_entries(self, name: str, kind: str) -> dict[str, Entry]:
        """Return the settings of a broker of that name and kind, by their dotted names."""
        own = (self.kind_entry(name), *_entries(f"brokers.{name}", self.brokers.settings[kind]))
        return {one.key: one for one in own}

    def kind_entry(self, name: str) -> Entry:
        """Return the setting that says what a broker is."""
        return Entry(
            section=f"brokers.{name}",
            name="kind",
            kind=str,
            optional=False,
            default=None,
            rule=self.brokers.kind,
        )


def _is_section(hint: Any) -> TypeGuard[type]:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _entries(section: str, of: type) -> Iterator[Entry]:
    hints = get_type_hints(of)
    # Always a dataclass: a section, or the class of all of them.
    for each in dataclasses.fields(of):
        hint = hints[each.name]
        if _is_section(hint):
            yield from _entries(each.name, hint)
            continue
        if "rule" not in each.metadata:
            # Brokers by name: which there are is not known before the settings are read.
            continue
        optional = isinstance(hint, types.UnionType)
        plain = get_args(hint)[0] if optional else hint
        yield Entry(
            section=section,
            name=each.name,
            kind=get_origin(plain) or plain,
            optional=optional,
            default=each.default,
            rule=each.metadata["rule"],
        )
