"""Greet whoever started the server, with all that a first order needs."""

import shutil
import sys
from pathlib import Path

from adapters.http.hosts import LOOPBACK_NAMES
from adapters.market_data.folder.source import symbols_in
from application.identity.found_tenant import FoundBefore, Founded
from bootstrap.http import ALL_ADDRESSES
from bootstrap.market.prices import made_up
from bootstrap.settings.market import SYNTHETIC
from bootstrap.settings.sections import Settings

# Whoever listens on these is reached at localhost.
_HERE = frozenset({*LOOPBACK_NAMES, *ALL_ADDRESSES})


def banner(*, url: str, founded: Founded | FoundBefore, settings: Settings) -> str:
    """Return the text that a ready server prints; the password is in the first one only."""
    lines = ["", f"Ballast is ready at {url}"]
    if settings.http.console:
        lines.append(f"  in your browser: {_local(url, settings)}")
    if settings.http.docs:
        lines.append(f"  API documentation: {url}/docs")
    if isinstance(founded, Founded):
        command, hours = _command(settings), settings.identity.first_password_h
        lines += [
            "",
            "An owner and a funded paper account were made. This is shown once:",
            f"  e-mail    {founded.owner.email}",
            f"  password  {founded.password}",
            f"  account   {founded.account.id}",
            f"  change the password within {hours} hours: {command} password change",
            "",
            "The first order, in another terminal:",
            f"  {command} market",
            f"  {command} order submit {_symbol(settings)} buy 10",
            f"  {command} account positions",
        ]
    if told := made_up(settings):
        lines += ["", f"The market plays {told}."]
    if settings.profile == "memory":
        lines += ["", "Data is kept in memory: it is gone when this process ends."]
    lines += ["", "Stop with Ctrl-C.", "", ""]
    return "\n".join(lines)


def _local(url: str, settings: Settings) -> str:
    """Return the address for a browser on this machine.

    Passkeys and cookies know "localhost" and no numbers; a certificate knows its own name.
    """
    if settings.http.tls_certificate is None and settings.http.host in _HERE:
        return f"http://localhost:{url.rpartition(':')[2]}"
    return url


def _symbol(settings: Settings) -> str:
    """Return a symbol that can be traded."""
    folder = settings.market.folder
    if settings.market.source == SYNTHETIC:
        return min(settings.market.synthetic_symbols)
    return "IBM" if folder is None else symbols_in(folder)[0]


def _command(settings: Settings) -> str:
    """Return how to call this program from where it was called, for this data folder."""
    program = "ballast"
    if shutil.which("ballast") is None:
        called = Path(sys.argv[0])
        program = str(called) if called.name == "ballast" else "python -m bootstrap.cli"
    if settings.data_dir != Settings().data_dir:
        return f"BALLAST_DATA_DIR={settings.data_dir.absolute()} {program}"
    return program
