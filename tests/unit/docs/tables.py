"""Write what the documents list out of the code: `python -m tests.unit.docs.tables`."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bootstrap.all_areas import AREAS
from domain.identity.access import OF_THE_TENANT, Permission, Role
from tests.unit.sources import ROOT

# Areas of the core that serve nothing by themselves.
_WITHIN = {
    "backtest": "Past prices played through the whole application, and what that brought.",
    "shared": "Values that every area speaks: money, quantities, ids, time, outcomes.",
    "signals": "Strategies' signals and the orders they ask for.",
}


def areas() -> str:
    """Return the list of the areas that are built."""
    built = _WITHIN | {area.name: area.sentence for area in AREAS}
    return "\n".join(f"- `{name}`: {said}" for name, said in sorted(built.items()))


def permissions() -> str:
    """Return the table of who may do what, and what only the whole tenant gives."""
    rows = [
        [f"`{one.value}`", *("yes" if role in one.roles else "-" for role in Role)]
        for one in Permission
    ]
    table = [f"| {' | '.join(row)} |" for row in [["Permission", *Role], *rows]]
    table.insert(1, "|---" * (len(Role) + 1) + "|")
    whole = ", ".join(f"`{one}`" for one in sorted(OF_THE_TENANT))
    lines = "\n".join(table)
    return f"{lines}\n\nOnly who reaches every account has, whatever the role: {whole}."


# By page, what stands there out of the code, and how it is found.
TABLES: Mapping[str, tuple[str, str]] = {
    "areas.md": (r"(?<=## Built\n\n).*?(?=\n\n## Planned)", areas()),
    "access.md": (r"\| Permission \|.*?Only who reaches every account has[^\n]*", permissions()),
}


def written(page: str) -> str:
    """Return a page as it is to be."""
    pattern, text = TABLES[page]
    said = (ROOT / "docs" / page).read_text()
    made, count = re.subn(pattern, lambda _: text, said, flags=re.DOTALL)
    assert count == 1, f"{page}: where the list was is found {count} times"
    return made


def write(pages: Iterable[str]) -> None:
    """Write the pages."""
    for page in pages:
        Path(ROOT / "docs" / page).write_text(written(page))


if __name__ == "__main__":
    write(TABLES)
