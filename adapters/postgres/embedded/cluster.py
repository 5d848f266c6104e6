"""Refuse a cluster that is not whole, and read its password."""

import os
import string
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.embedded.account import ServerAccount, can_enter
from adapters.postgres.embedded.binaries import Binaries
from adapters.postgres.embedded.errors import (
    ClusterCorrupt,
    ClusterIncomplete,
    DataFolderUnusable,
    PasswordUnreadable,
    WrongMajorVersion,
)

CLUSTER_NAME = "postgres"
PASSWORD_NAME = "ballast.password"  # noqa: S105 - a name, no secret
SUPERUSER = "ballast"
_PASSWORD_BYTES_MAX = 256
_PASSWORD_LETTERS = frozenset(string.ascii_letters + string.digits + "-_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A folder that holds a database cluster, and the account it belongs to."""

    folder: Path
    account: ServerAccount

    @property
    def name_for_server(self) -> str:
        """Return the folder as the server can reach it.

        A folder below one that the account may not enter is reached through the working
        folder, which is entered before the account is changed. Linux only, like /proc.
        """
        if can_enter(folder=self.folder, account=self.account):
            return str(self.folder)
        if not Path("/proc/self/cwd").exists():
            raise DataFolderUnusable(
                f"{self.account.name} may not enter {self.folder}; choose a data folder that "
                "every user may pass through (mode o+x on each parent)"
            )
        return "/proc/self/cwd"


def make_data_folder(folder: Path) -> None:
    """Make the data folder when it is absent; the account must be able to pass through."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise DataFolderUnusable(
            f"the data folder {folder} is a file; move it away or choose another folder"
        ) from error
    except OSError as error:
        raise DataFolderUnusable(
            f"cannot make the data folder {folder}: {error.strerror}; "
            f"choose one that uid {os.geteuid()} may write (BALLAST_DATA_DIR)"
        ) from error


def check_cluster(*, folder: Path, binaries: Binaries, major: int) -> bool:
    """Tell whether there is a cluster; refuse one that cannot be opened before a server tries."""
    if not os.path.lexists(folder):
        return False
    if not folder.is_dir():
        raise ClusterIncomplete(
            f"{folder} is a file where the database's folder should be; move it away"
        )
    try:
        version = (folder / "PG_VERSION").read_text("ascii").strip()
    except FileNotFoundError as error:
        raise ClusterIncomplete(
            f"{folder} has no PG_VERSION: it is no database, or one half lost; restore it from a "
            "backup, or move it away to start with an empty one"
        ) from error
    except PermissionError as error:
        raise DataFolderUnusable(
            f"uid {os.geteuid()} may not read {folder}; run as its owner or as root"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ClusterCorrupt(
            f"{folder / 'PG_VERSION'} cannot be read ({error}); restore the folder from a backup"
        ) from error
    if not version.isdigit():
        raise ClusterCorrupt(
            f"{folder / 'PG_VERSION'} says {version[:20]!r}, a number was expected; restore the "
            "folder from a backup"
        )
    if int(version) != major:
        raise WrongMajorVersion(
            f"{folder} was made by Postgres {version}, the binaries in {binaries.folder} are "
            f"Postgres {major}; set BALLAST_PG_BINDIR to Postgres {version}'s, or dump with the "
            "old and restore with the new"
        )
    return True


def read_password(*, folder: Path) -> str:
    """Return the cluster's password, or refuse: it is never made anew for an existing cluster."""
    path = folder / PASSWORD_NAME
    hint = "restore it from a backup (mode 0600)"
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise PasswordUnreadable(
                f"{path} has mode {mode & 0o777:04o}, others may read it; chmod 600 it, and "
                "change the password if they may have"
            )
        with path.open("rb") as file:
            raw = file.read(_PASSWORD_BYTES_MAX + 1)
    except OSError as error:
        raise PasswordUnreadable(
            f"the database's password {path} cannot be read: {error.strerror}; {hint}"
        ) from error
    password = raw.decode("ascii", "replace").strip()
    if not password or len(raw) > _PASSWORD_BYTES_MAX or not _PASSWORD_LETTERS.issuperset(password):
        raise PasswordUnreadable(f"{path} does not hold a password of ours; {hint}")
    return password
