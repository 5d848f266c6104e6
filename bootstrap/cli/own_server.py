"""Tell the commands that speak to a server what is set of this machine's own."""

from adapters.cli.client import OwnServer
from adapters.cli.failures import CommandFailed
from bootstrap.cli.environment import loaded_settings
from bootstrap.settings.http import url_of
from bootstrap.settings.sections import Settings


def own_server() -> OwnServer:
    """Return the server of the settings in force; raises CommandFailed."""
    settings = loaded_settings().settings
    return OwnServer(
        host=settings.http.host,
        port=settings.http.port,
        url=url_of(settings.http),
        certificate=settings.http.tls_certificate,
        running=lambda: _running(settings),
        token=lambda: _token(settings),
    )


def _running(settings: Settings) -> str | None:
    from adapters.system.data_folder import DataFolderCorrupt, read_server

    try:
        running = read_server(settings.data_dir)
    except DataFolderCorrupt as problem:
        raise CommandFailed(str(problem)) from problem
    return None if running is None else running.url


def _token(settings: Settings) -> str:
    from bootstrap.cli.owner_token import owner_token

    return owner_token(settings)
