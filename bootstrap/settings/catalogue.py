"""Walk through all settings by their dotted names."""

import dataclasses
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeGuard, get_args, get_origin, get_type_hints

from bootstrap.settings.field import Rule
from bootstrap.settings.sections import Settings

PREFIX = "BALLAST_"
# Variables of the project's own tests and benchmarks, which share the environment.
OTHERS_PREFIXES = ("BALLAST_BENCH_", "BALLAST_TEST_")
# Read by commands before or without settings.
OTHER_VARIABLES = {
    "BALLAST_CONFIG": "The settings file, instead of ./ballast.toml.",
    "BALLAST_URL": "The server that client commands talk to.",
    "BALLAST_TOKEN": "The access token that client commands send.",
}


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
        return PREFIX + self.key.replace(".", "_").upper()


@cache
def catalogue() -> dict[str, Entry]:
    """Return every setting by its dotted name, in the order declared."""
    return {entry.key: entry for entry in _entries("", Settings)}


@cache
def sections() -> dict[str, type]:
    """Return the section classes by name."""
    hints = get_type_hints(Settings)
    return {name: hint for name, hint in hints.items() if _is_section(hint)}


def _is_section(hint: Any) -> TypeGuard[type]:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _entries(section: str, of: type) -> Iterator[Entry]:
    hints = get_type_hints(of)
    for each in dataclasses.fields(of):
        hint = hints[each.name]
        if _is_section(hint):
            yield from _entries(each.name, hint)
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
