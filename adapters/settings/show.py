"""Show settings: the effective ones with secrets masked, and the page that explains them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from adapters.settings.declared import Declared, Entry
from adapters.settings.load import LoadedSettings

MASK = "********"
_TYPES = {
    str: "text",
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "true or false",
    date: "date",
    Path: "path",
    tuple: "list of texts",
}


def effective(loaded: LoadedSettings[Any]) -> str:
    """Return the settings in force as TOML, each with where it was set, secrets masked."""
    lines: list[str] = []
    section = ""
    for entry in _entries_of(loaded):
        if entry.section != section:
            section = entry.section
            lines += ["", f"[{section}]"]
        value = _value(loaded, entry)
        if value is not None and entry.rule.secret:
            # Of what is no address nothing is shown, whatever it looks like.
            value = masked(value) if entry.name == "url" or entry.name.endswith("_url") else MASK
        said = "# not set" if value is None else f"= {_toml(value)}"
        start = f"# {entry.name}" if value is None else f"{entry.name} {said}"
        lines.append(f"{start}  # {loaded.sources.get(entry.key, 'default')}")
    return "\n".join(lines) + "\n"


def _entries_of(loaded: LoadedSettings[Any]) -> Iterator[Entry]:
    declared = loaded.declared
    yield from declared.catalogue.values()
    for name, broker in loaded.settings.brokers.items():
        yield from declared.broker_entries(name, declared.brokers.of(broker)).values()


def _value(loaded: LoadedSettings[Any], entry: Entry) -> Any:
    settings = loaded.settings
    section, _, name = entry.section.partition(".")
    if name:
        broker = settings.brokers[name]
        kinds = loaded.declared.brokers
        return kinds.of(broker) if entry.name == "kind" else getattr(broker, entry.name)
    return getattr(getattr(settings, section) if section else settings, entry.name)


def masked(secret: str) -> str:
    """Hide a secret; of an address only the password, since the rest helps to find faults."""
    try:
        parts = urlsplit(secret)
        if not (parts.scheme and parts.hostname):
            return MASK
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return MASK
    user = f"{parts.username}:{MASK}@" if parts.username else ""
    # A query may carry a password too.
    query = MASK if parts.query else ""
    return urlunsplit((parts.scheme, f"{user}{parts.hostname}{port}", parts.path, query, ""))


def document(declared: Declared[Any]) -> str:
    """Return docs/settings.md."""
    catalogue = declared.catalogue.values()
    lines = [
        "# Settings",
        "",
        "A setting comes from the command line's option where there is one, else from its",
        "environment variable, else from `ballast.toml` in the working folder (or the file that",
        "`BALLAST_CONFIG` names), else it has its default. `ballast config` prints what is in",
        "force. Everything wrong is reported at once, with the line or variable it stands in.",
        "",
        "This page is made from `bootstrap/settings/sections.py`; a test keeps the two equal.",
        "",
        *_table("Top of the file", [one for one in catalogue if not one.section]),
    ]
    for name, section in declared.sections.items():
        said = (section.__doc__ or "").rstrip(".")
        entries = [one for one in catalogue if one.section == name]
        lines += _table(f"[{name}]: {said[0].lower()}{said[1:]}", entries)
        if name == declared.brokers.always:
            lines += _brokers(declared)
    lines += ["## Variables that are no settings", ""]
    lines += [f"- `{name}`: {doc}" for name, doc in declared.other_variables.items()]
    return "\n".join(lines) + "\n"


def _brokers(declared: Declared[Any]) -> list[str]:
    """Say how a further broker is set: each kind has the settings of its own section."""
    known = declared.brokers
    there = f"The broker `{known.always}` is always there."
    title = "[brokers.NAME]: one more broker, by the name that its accounts give"
    kinds = "; ".join(f"`{kind}` takes those of `[{kind}]`" for kind in known.settings)
    wanted = known.name_wanted.removeprefix("must be called by ")
    return [
        *_table(title, [declared.kind_entry("NAME")]),
        f"NAME is {wanted}. Its other settings are those of its kind: {kinds}, such as",
        f"`brokers.NAME.url` and `BALLAST_BROKERS_NAME_URL`. {there}",
        "",
    ]


def _table(title: str, entries: list[Entry]) -> list[str]:
    rows = [
        f"| `{one.name}` | `{one.variable}` | {_domain(one)} | {_default(one)} | {one.rule.doc} |"
        for one in entries
    ]
    head = ["| Setting | Variable | Takes | Default | Meaning |", "|---|---|---|---|---|"]
    return [f"## {title}", "", *head, *rows, ""]


def _domain(entry: Entry) -> str:
    rule = entry.rule
    if rule.choices:
        return ", ".join(f"`{choice}`" for choice in rule.choices)
    said = _TYPES[entry.kind]
    if rule.low is not None:
        said = f"{said}, {rule.low} to {rule.high}"
    return f"{said}, secret" if rule.secret else said


def _default(entry: Entry) -> str:
    return "none" if entry.default is None else f"`{_toml(entry.default)}`"


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal() | date():
            return str(value)
        case tuple():
            return "[" + ", ".join(_toml(part) for part in value) + "]"
        case _:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'
