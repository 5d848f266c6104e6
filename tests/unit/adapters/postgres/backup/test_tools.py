"""Programs of Postgres are ended with the block that reads them."""

import asyncio
from pathlib import Path

import pytest

from adapters.postgres.backup.tools import ToolFailed, Tools


def _tools(folder: Path, script: str) -> Tools:
    program = folder / "pg_restore"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Tools(folder=folder, major=18)


async def test_a_block_that_ends_early_ends_a_program_that_goes_on_writing(tmp_path: Path) -> None:
    tools = _tools(tmp_path, "exec yes")
    async with asyncio.timeout(20):
        with pytest.raises(ToolFailed, match="more than 100000 bytes"):
            await tools.run("pg_restore", [], bytes_max=100_000)
        async with tools.piped("pg_restore", []) as output:
            assert await output.read(2) == b"y\n"
            # Until no more is read from the pipe than fits between it and us.
            while not output._transport._paused:  # type: ignore[attr-defined]  # noqa: ASYNC110 - asyncio tells nobody
                await asyncio.sleep(0)


async def test_what_a_program_says_of_its_failure_is_told(tmp_path: Path) -> None:
    tools = _tools(tmp_path, "echo no such file >&2; exit 3")
    with pytest.raises(ToolFailed, match="pg_restore 18: no such file"):
        await tools.run("pg_restore", [])
