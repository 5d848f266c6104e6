"""`ballast health`: what containers ask of the process beside them."""

import http.client
import ssl
import sys
from typing import Annotated

import typer

from adapters.cli.client import OwnServer, own_server
from adapters.cli.failures import CommandFailed

TIMEOUT_S = 2.0
_ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a name to compare with; nothing is bound
# It is told in one line, so that no more of an answer is of use.
_SHOWN_MAX = 200


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(health)


def health(
    live: Annotated[
        bool, typer.Option("--live", help="Ask only whether it runs, not whether it is ready.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="Another port than http.port: a --health-port."),
    ] = None,
) -> None:
    """Ask the server of these settings whether it is ready; exits with 1 when it is not."""
    own = own_server()
    path = "/health/live" if live else "/health/ready"
    status, said = _asked(own, port=own.port if port is None else port, path=path)
    if status != 200:
        raise CommandFailed(f"{path} answers {status}: {said}")
    sys.stdout.write(f"{said}\n")


def _asked(own: OwnServer, *, port: int, path: str) -> tuple[int, str]:
    host = _ALL_ADDRESSES.get(own.host, own.host)
    try:
        if own.certificate is not None:
            try:
                return _answer(
                    http.client.HTTPSConnection(
                        host, port, timeout=TIMEOUT_S, context=_unverified()
                    ),
                    path,
                )
            except ssl.SSLError:
                # A worker's health page: always plain, whatever the server's settings are.
                pass
        return _answer(http.client.HTTPConnection(host, port, timeout=TIMEOUT_S), path)
    except (OSError, http.client.HTTPException) as problem:
        why = str(problem) or type(problem).__name__
        raise CommandFailed(f"nothing sound answers at {host} port {port}: {why}") from problem


def _answer(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read(_SHOWN_MAX).decode("utf-8", "replace")
    finally:
        connection.close()
    return answer.status, said


def _unverified() -> ssl.SSLContext:
    """Return what takes any certificate.

    Nothing secret is sent or believed, the server is on this machine, and its certificate is
    made out to another name. The file may be newer than what the server has read so far.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
