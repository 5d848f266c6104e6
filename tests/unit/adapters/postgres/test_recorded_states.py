"""Whoever writes what the trail keeps digests of records its state: but for this list, and why."""

import ast
import re
from collections.abc import Iterator

from adapters.postgres.audit.states import KINDS
from adapters.postgres.records import table_of
from ports.api_keys import API_KEYS, KEY_REMINDERS
from ports.risk import RULES
from tests.unit.sources import ROOT, python_files

# Who writes one of these tables and does not record it itself.
LISTED = {
    "its caller records": {"_keep_user"},
    "no column that is covered": {
        "PostgresFactors.use_step",
        "PostgresPasskeys.update",
        "PostgresPasscodes.failed",
        "PostgresPersonalTokens.used",
    },
    "an app that nobody confirmed is no factor": {
        "PostgresFactors.add_totp",
        "PostgresSpentRecords._delete_unconfirmed",
    },
    "a code that is used up goes without a word": {"PostgresFactors.use_code", "finish"},
    "that it was revoked is held against its own entry": {"PostgresPersonalTokens.revoke"},
}
_TABLES = frozenset(table for kind in KINDS.values() for table in kind.tables)
_WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE)\s+(\w+)")


def test_whoever_writes_it_records_it() -> None:
    listed = {one for names in LISTED.values() for one in names}
    found: set[str] = set()
    for path in python_files("adapters/postgres"):
        if "migrations" in str(path):
            continue
        text = (ROOT / path).read_text()
        if _TABLES.intersection(_WRITES.findall(text)):
            found |= set(_silent(ast.parse(text)))
    assert found == listed


def test_records_of_these_tables_are_proven() -> None:
    for kind in (RULES, API_KEYS):
        assert kind.table in KINDS[kind.proven_as or ""].tables
    # Which is not proven has no column that is covered.
    columns = [one.name for one in table_of(KEY_REMINDERS).columns]
    assert columns == ["id", "tenant_id", "version", "reminded_at"]
    assert not re.search("version|reminded_at", KINDS["api_key"].query)


def test_the_list_would_tell_of_one_more() -> None:
    planted = (
        '_A = f"INSERT INTO members ({B}) VALUES ($1)"\n'
        "class C:\n"
        "    async def d(self):\n"
        "        await self.connection.execute(_A)\n"
        "    async def e(self):\n"
        "        await self.connection.execute(_A)\n"
        "        await record_state(self.connection, 'member')\n"
        "    async def f(self):\n"
        '        await self.connection.execute("UPDATE orders SET state = 1")\n'
    )
    assert list(_silent(ast.parse(planted))) == ["C.d"]


def _silent(module: ast.Module) -> Iterator[str]:
    """Yield which functions write one of the tables and do not record the state."""
    named = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign) and _writes(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for name, function in _functions(module, ()):
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        if (_writes(function) or names & named) and "record_state" not in names:
            yield name


def _functions(node: ast.AST, within: tuple[str, ...]) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield ".".join((*within, child.name)), child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, (*within, child.name))


def _writes(node: ast.AST) -> bool:
    texts = (
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    )
    return any(table in _TABLES for text in texts for table in _WRITES.findall(text))
