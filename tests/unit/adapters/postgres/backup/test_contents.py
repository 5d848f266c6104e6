"""Of the text of a copy only rows of tables are read, however it comes in pieces."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.backup.contents import BackupUnusable, _Reader

_TEXT = (
    b"\\restrict abc\nSET client_encoding = 'UTF8';\nSELECT pg_catalog.setval('x', 1);\n"
    b"CREATE FUNCTION planted();\n-- COPY public.fake (a) FROM stdin;\n"
    b'COPY public.first (id, "position") FROM stdin;\n1\ta\\\\.b\n2\t\\N\n\\.\n\n\n'
    b"COPY public.empty (id) FROM stdin;\n\\.\n"
    b"COPY (SELECT 1) TO PROGRAM 'touch x';\n"
    b"COPY public.last (id) FROM stdin;\n\\\\.\n\\.\n"
)
_TABLES = [
    ("first", ("id", "position"), b"1\ta\\\\.b\n2\t\\N\n"),
    ("empty", ("id",), b""),
    ("last", ("id",), b"\\\\.\n"),
]


def source_of(text: bytes, *, size: int) -> Callable[[int], Awaitable[bytes]]:
    """Return what gives the text in pieces of a size."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    async def read(_: int) -> bytes:
        return pieces.pop(0) if pieces else b""

    return read


async def tables_of(
    text: bytes, *, size: int, left: int | None = None
) -> list[tuple[str, tuple[str, ...], bytes]]:
    """Return every table with its rows."""
    reader = _Reader(source=source_of(text, size=size), name="copy", left=left)
    found = []
    async for table in reader.tables():
        rows = b"".join([piece async for piece in table.pieces])
        found.append((table.name, table.columns, rows))
    return found


@given(size=st.integers(min_value=1, max_value=len(_TEXT)))
def test_rows_are_the_same_in_whatever_pieces_they_come(size: int) -> None:
    assert asyncio.run(tables_of(_TEXT, size=size)) == _TABLES


def test_a_copy_that_unpacks_to_more_than_it_may_is_refused() -> None:
    rows = b"COPY public.first (id) FROM stdin;\n" + b"1\n" * 1_000 + b"\\.\n"
    assert asyncio.run(tables_of(rows, size=64, left=2_000))
    with pytest.raises(BackupUnusable, match="far more than"):
        asyncio.run(tables_of(rows, size=64, left=1_999))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"COPY public.first (id) FROM stdin;\n1\n", "torn one"),
        (b"SET client_encoding = 'LATIN1';\n", "not in UTF8"),
        (b"x" * 300_000, "lines that no copy of ours has"),
    ],
)
def test_what_no_copy_of_ours_says_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(BackupUnusable, match=said):
        asyncio.run(tables_of(text, size=1_000))
