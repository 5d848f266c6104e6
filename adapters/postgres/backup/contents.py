"""Read a copy that pg_dump wrote as data: the rows of named tables, and nothing else of it.

pg_restore turns the file into text for us and never sees a database. Of that text we take the
lines of rows behind the heading of a table that we know; headings, commands, comments and
settings are read, never carried out, so that it does not matter who wrote them.
"""

import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adapters.postgres.backup.tools import ToolFailed, Tools

# An entry of the list: its number, two numbers of the server's, and what it is.
_ENTRY = re.compile(r"(\d{1,9}); \d+ \d+ TABLE DATA public ([a-z][a-z0-9_]{0,62}) .*")
_HEADING = re.compile(rb"COPY public\.([a-z][a-z0-9_]{0,62}) \(([a-z0-9_, \"]+)\) FROM stdin;")
_ENCODING = re.compile(rb"SET client_encoding = '(.*)';")
_END = b"\n\\.\n"
_PIECE = 262_144
_LISTED_BYTES_MAX = 16 * 1024 * 1024
# What we write in one line outside rows; more is not ours.
_LINE_BYTES_MAX = 65_536


class BackupUnusable(Exception):
    """The file is no back-up of Ballast's, a torn one, or one of a newer Ballast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of one table, as COPY writes them; they are read once, up to their end."""

    name: str
    columns: tuple[str, ...]
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A copy's file, and which of its entries hold the rows of which table."""

    tools: Tools
    dump: Path
    entries: Mapping[str, int]
    # Of rows, unpacked; None where the file is proven to be ours.
    bytes_max: int | None = None

    @asynccontextmanager
    async def tables(self, names: Sequence[str]) -> AsyncIterator[AsyncIterator[Table]]:
        """Give these tables in this order; raises BackupUnusable for one that is not there."""
        missing = [name for name in names if name not in self.entries]
        if missing:
            raise BackupUnusable(f"{self.dump.name} lacks the tables {', '.join(missing)}")
        with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="ascii") as file:
            # pg_restore reads the number and takes the rest for a comment.
            file.write("".join(f"{self.entries[name]};\n" for name in names))
            file.flush()
            arguments = ("--data-only", f"--use-list={file.name}", "--file=-", str(self.dump))
            async with self.tools.piped("pg_restore", arguments) as output:
                read = _Reader(source=output.read, name=self.dump.name, left=self.bytes_max)
                yield read.tables()

    async def value(self, table: str) -> str | None:
        """Return the only row of a table of one column, None where there is none."""
        async with self.tables([table]) as tables:
            async for one in tables:
                rows = b"".join([piece async for piece in one.pieces])
                found = rows.decode("utf-8", "replace").splitlines()
                return found[0] if len(found) == 1 else None
        return None


async def contents(tools: Tools, dump: Path, *, bytes_max: int | None = None) -> Contents:
    """Read the file's list of what is in it; raises BackupUnusable."""
    try:
        listed = await tools.run("pg_restore", ("--list", str(dump)), bytes_max=_LISTED_BYTES_MAX)
    except ToolFailed as problem:
        raise BackupUnusable(f"{dump.name} cannot be read: {problem}") from problem
    entries: dict[str, int] = {}
    for line in listed.decode("utf-8", "replace").splitlines():
        found = _ENTRY.fullmatch(line)
        if found is None:
            continue
        if found[2] in entries:
            raise BackupUnusable(f"{dump.name} holds the table {found[2]} twice")
        entries[found[2]] = int(found[1])
    if "ballast_meta" not in entries or "alembic_version" not in entries:
        raise BackupUnusable(f"{dump.name} is a copy of another database than Ballast's")
    return Contents(tools=tools, dump=dump, entries=entries, bytes_max=bytes_max)


@dataclass(slots=True)
class _Reader:
    """Takes pg_restore's text apart, a piece at a time."""

    source: Callable[[int], Awaitable[bytes]]
    name: str
    left: int | None
    kept: bytearray = field(default_factory=bytearray)
    over: bool = False

    async def tables(self) -> AsyncIterator[Table]:
        """Give every table; the rows of one must be read before the next is asked for."""
        while (line := await self._line()) is not None:
            encoding = _ENCODING.fullmatch(line)
            if encoding is not None and encoding[1] != b"UTF8":
                raise BackupUnusable(f"{self.name} is not in UTF8")
            found = _HEADING.fullmatch(line)
            if found is None:
                continue
            # So that an end without any row is found as each other end is.
            self.kept[:0] = b"\n"
            columns = tuple(one.strip('" ') for one in found[2].decode("ascii").split(","))
            pieces = self._rows()
            yield Table(name=found[1].decode("ascii"), columns=columns, pieces=pieces)
            async for _ in pieces:
                raise BackupUnusable(f"{self.name}: the rows of a table were left unread")

    async def _rows(self) -> AsyncIterator[bytes]:
        first = True
        while True:
            end = self.kept.find(_END)
            # The last bytes may be the beginning of the end.
            stop = end + 1 if end >= 0 else max(len(self.kept) - len(_END) + 1, 0)
            piece = bytes(self.kept[1 if first and stop else 0 : stop])
            first = first and not stop
            del self.kept[: stop if end < 0 else end + len(_END)]
            if piece:
                self._count(len(piece))
                yield piece
            if end >= 0:
                return
            if not await self._more():
                raise BackupUnusable(f"{self.name} is a torn one: it ends within a table")

    async def _line(self) -> bytes | None:
        while True:
            end = self.kept.find(b"\n")
            if end >= 0:
                line = bytes(self.kept[:end])
                del self.kept[: end + 1]
                return line
            if len(self.kept) > _LINE_BYTES_MAX:
                raise BackupUnusable(f"{self.name} has lines that no copy of ours has")
            if not await self._more():
                return None

    async def _more(self) -> bool:
        piece = await self.source(_PIECE)
        self.kept += piece
        return bool(piece)

    def _count(self, size: int) -> None:
        if self.left is None:
            return
        self.left -= size
        if self.left < 0:
            raise BackupUnusable(
                f"{self.name} unpacks to far more than a copy of its size holds: it is refused"
            )
