"""Print what a server answered: aligned columns for people, JSON for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's JSON.")]


def print_json(value: Any) -> None:
    """Print JSON."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_rows(rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str], empty: str) -> None:
    """Print rows as aligned columns, or say that there are none."""
    if not rows:
        sys.stdout.write(f"{empty}\n")
        return
    table = [[name.replace("_", " ") for name in columns]]
    table += [[cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        text = "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True))
        sys.stdout.write(text.rstrip() + "\n")


def print_fields(row: Mapping[str, Any], *, names: Sequence[str] | None = None) -> None:
    """Print one thing, a field a line."""
    shown = list(names or row)
    width = max(len(name) for name in shown)
    for name in shown:
        sys.stdout.write(f"{name.replace('_', ' ').ljust(width)}  {cell(row.get(name))}\n")


def cell(value: Any) -> str:
    """Write one value: nothing as a dash, lists and objects as compact JSON."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case _:
            # A server's text must not move the cursor of whoever reads it.
            return "".join(letter if letter.isprintable() else "?" for letter in str(value))
