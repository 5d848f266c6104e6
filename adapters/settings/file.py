"""Read the TOML file, and know on which line each setting stands."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.settings.faults import Fault, InvalidSettings

BYTES_MAX = 1_048_576

# What ends a name is never part of it, so that no line can make the search wander.
_HEADER = re.compile(r"""\s*\[(?P<name>[A-Za-z0-9_."'\s-]+)\]\s*(?:#.*)?""")
_PAIR = re.compile(r"""\s*(?P<name>[A-Za-z0-9_."'-][A-Za-z0-9_."'\s-]*)=""")
_NOISE = re.compile(r"""["'\s]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFile:
    """What a file says, by dotted name, and the lines it says it on."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def source(self, key: str) -> str:
        """Name the file and line of a setting."""
        line = self.lines.get(key) or self.lines.get(f"{key}.")
        return f"{self.path}:{line} {key}" if line else f"{self.path} {key}"


def read_file(path: Path) -> SettingsFile:
    """Read a TOML file; raises FileNotFoundError, InvalidSettings."""
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
        if len(raw) > BYTES_MAX:
            raise _refused(path, f"must be at most {BYTES_MAX} bytes")
        text = raw.decode("utf-8")
        # Decimal keeps what was written: 0.1 stays 0.1.
        tables = tomllib.loads(text, parse_float=Decimal)
    except (PermissionError, IsADirectoryError) as problem:
        raise _refused(path, f"cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise _refused(path, f"must be UTF-8 text; byte {problem.start} is not") from problem
    except tomllib.TOMLDecodeError as problem:
        raise _refused(path, f"broken TOML: {problem}") from problem
    # Numbers beyond what Decimal and int read: the parser passes their errors on.
    except (ArithmeticError, ValueError) as problem:
        raise _refused(path, "broken TOML: a number has too many digits") from problem
    # Deeply nested brackets exhaust the parser's stack.
    except RecursionError as problem:
        raise _refused(path, "broken TOML: nested too deeply") from problem
    return SettingsFile(path=path, values=_flat(tables), lines=_lines(text))


def _refused(path: Path, problem: str) -> InvalidSettings:
    return InvalidSettings([Fault(source=str(path), problem=problem)])


def _flat(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten one level of sections; anything deeper stays as it is and is refused later."""
    flat: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, dict):
            flat.update({f"{name}.{inner}": said for inner, said in value.items()})
            if not value:
                flat[f"{name}."] = value
        else:
            flat[name] = value
    return flat


def _lines(text: str) -> dict[str, int]:
    """Find the line of each key; a key written in an unusual way may have none."""
    found: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.fullmatch(line)
        if header:
            section = _NOISE.sub("", header["name"]) + "."
            found.setdefault(section, number)
            continue
        pair = _PAIR.match(line)
        if pair:
            found.setdefault(section + _NOISE.sub("", pair["name"]), number)
    return found
