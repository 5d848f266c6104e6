"""Who may look past row-level security: this list, and why; whoever is not on it may not."""

import ast
from collections.abc import Iterator

from tests.unit.sources import ROOT, python_files

# By class: which methods, and why they need what is every tenant's, or nobody's.
LISTED = {
    "what no tenant owns": {
        "PostgresAttempts": {"begin", "succeeded", "unchecked"},
        "PostgresHealthReports": {"hear", "tell"},
        "PostgresPatternStates": {"save"},
        "PostgresLeases": {"acquire", "release", "renew"},
        "PostgresReplayCursor": {"load", "save"},
        "PostgresReplayLaps": {"begin"},
        "PostgresReplayPulses": {"hear", "take_wish", "tell", "wish"},
        "PostgresConsumerRestarts": {"ask", "done", "latest"},
        "PostgresStandingAlarms": {"add", "all", "remove"},
        "PostgresTickets": {"issue", "redeem"},
        "PostgresWakeups": {"run"},
        "PostgresKeyMarks": {"all", "begin", "retire", "start_over", "unused"},
        "PostgresAccountBooks": {"heard", "mark_heard"},
        "PostgresServer": {"check", "start"},
    },
    "the background, for all tenants": {
        "PostgresAccountDirectory": {"at_broker"},
        "PostgresAuditSealing": {"anchored", "begin", "count_anchored", "heads", "mark", "seal"},
        "PostgresBookChecks": {"answer", "answered", "asked"},
        "PostgresBreaches": {"forget", "keep", "load"},
        "PostgresEquityHistory": {"add"},
        "PostgresIdentityFeed": {"end", "since"},
        "PostgresJournal": {"after", "end", "load_cursor", "save_cursor"},
        "PostgresLatches": {"reach", "releasing", "unfinished"},
        "PostgresOrderWork": {"busy", "in_doubt", "unsent"},
        "PostgresSealedStore": {"after", "below", "counts", "replace"},
        "PostgresSignalArchive": {"_forget_week"},
        "PostgresSpentRecords": {"_delete", "_delete_unconfirmed"},
        "PostgresWorks": {"everywhere"},
    },
    "who comes in, before the tenant is known": {
        "PostgresMembers": {"of"},
        "PostgresPeople": {"device"},
        "PostgresPersonalTokens": {"by_digest"},
        "PostgresUsers": {"with_email"},
    },
    "founding, at the start": {"PostgresUsers": {"found", "tenants"}},
    # A latch of nobody's is told to every tenant, and written by none.
    "the operator of the installation": {"PostgresLatches": {"_scoped"}},
}


def test_only_who_is_listed_looks_past_row_level_security() -> None:
    listed = {
        f"{owner}.{method}"
        for owners in LISTED.values()
        for owner, methods in owners.items()
        for method in methods
    }
    found = {use for text in _texts() for use in _uses(ast.parse(text), ())}
    assert found == listed


def _texts() -> Iterator[str]:
    """Yield the sources that may use it: no use goes without both names."""
    for path in python_files("adapters", "application", "bootstrap"):
        text = (ROOT / path).read_text()
        if "system" in text and "database" in text:
            yield text


def _uses(node: ast.AST, within: tuple[str, ...]) -> Iterator[str]:
    """Yield where the code asks a database for its `system`."""
    for child in ast.iter_child_nodes(node):
        inner = within
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (*within, child.name)
        if (
            isinstance(child, ast.Attribute)
            and child.attr == "system"
            and ast.unparse(child.value).rpartition(".")[2].endswith("database")
        ):
            yield ".".join(within)
        yield from _uses(child, inner)


def test_the_list_would_tell_of_one_more() -> None:
    planted = "class A:\n    def b(self):\n        return self._database.system.connection()\n"
    assert list(_uses(ast.parse(planted), ())) == ["A.b"]
