"""Write what the documents list out of the code: `python -m tests.unit.docs.tables`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

from adapters.http.paging import LIMIT_MAX
from application.identity.access_commands import MEMBERS_MAX, TOKENS_MAX
from application.kill_switch.check_passcode import FAILURES_MAX
from application.secrets.create_key import KEYS_MAX
from bootstrap.all_areas import AREAS
from bootstrap.settings.agents import AgentSettings
from domain.identity.access import OF_THE_TENANT, Permission, Role
from domain.identity.session import SessionLimits
from domain.risk.defaults import default_rules
from domain.risk.rule_set import RULES_MAX
from domain.shared.values import plain
from ports.audit import LOOKED_AT_MAX
from tests.unit.sources import ROOT

# Areas of the core that serve nothing by themselves.
_WITHIN = {
    "backtest": "Past prices played through the whole application, and what that brought.",
    "options": "What an option is worth, and what its price says of volatility.",
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
    whole = ", ".join(f"`{one}`" for one in sorted(OF_THE_TENANT))
    roles = table(["Permission", *Role], rows)
    return f"{roles}\n\nOnly who reaches every account has, whatever the role: {whole}."


def first_rules() -> str:
    """Return the table of the rules that a new tenant begins with."""
    ids = count(1)
    at = datetime(2026, 1, 2, tzinfo=UTC)
    made = default_rules(tenant_id=UUID(int=0), at=at, new_id=lambda: UUID(int=next(ids)))
    rows = [
        [one.name, f"`{one.rule_type.value}`", plain(one.threshold), f"`{one.action.value}`"]
        for one in made
    ]
    return table(["name", "type", "threshold", "action"], rows)


def numbers() -> str:
    """Return the table of how many there may be of what."""
    most = {
        "risk rules of a tenant": RULES_MAX,
        "members of a tenant": MEMBERS_MAX,
        "agents of a tenant": AgentSettings().per_tenant_max,
        "brokers' API keys of a tenant": KEYS_MAX,
        "personal access tokens of a member": TOKENS_MAX,
        "open sessions of a user": SessionLimits().open_max,
        "wrong passcodes before a release is locked": FAILURES_MAX,
        "entries of the audit trail that one request looks at": LOOKED_AT_MAX,
        "items of a page": LIMIT_MAX,
    }
    return table(["of", "at most"], [[of, str(number)] for of, number in most.items()])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in [head, *rows]]
    lines.insert(1, "|---" * len(head) + "|")
    return "\n".join(lines)


# By page, what stands there out of the code: how it is found, and the text.
TABLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "areas.md": [(r"(?<=## Built\n\n).*?(?=\n\n## Planned)", areas())],
    "access.md": [(r"\| Permission \|.*?Only who reaches every account has[^\n]*", permissions())],
    "limits.md": [
        (r"\| name \| type \|.*?(?=\n\n)", first_rules()),
        (r"\| of \| at most \|.*?(?=\n\n)", numbers()),
    ],
}


def written(page: str) -> str:
    """Return a page as it is to be."""
    said = (ROOT / "docs" / page).read_text()
    for pattern, text in TABLES[page]:
        plainly = text.replace("\\", r"\\")
        said, found = re.subn(pattern, plainly, said, flags=re.DOTALL)
        assert found == 1, f"{page}: where the list was is found {found} times"
    return said


def write(pages: Iterable[str]) -> None:
    """Write the pages."""
    for page in pages:
        Path(ROOT / "docs" / page).write_text(written(page))


if __name__ == "__main__":
    write(TABLES)
