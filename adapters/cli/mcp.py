"""`ballast mcp`: what an assistant may read of a running server, as tools of MCP."""

import http.client
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated

import typer

from adapters.cli.client import Server, connect, own_server
from adapters.cli.failures import REFUSED, UNREACHABLE, CommandFailed

_CHECK_S = 5.0
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(mcp)


def mcp(
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65_535,
            help="Answer at http://127.0.0.1:PORT/mcp instead of standard input: each caller by"
            " the token that it sends.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to answer at, with --port.")] = "127.0.0.1",
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", help="Answer beyond this machine too: other means keep tokens private."
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Ask whether the one at --port is well, and run none."),
    ] = False,
) -> None:
    """Let an assistant read holdings, positions, quotes, signals and sentiment by MCP.

    It asks the server as every other command does, with BALLAST_TOKEN, a log-in or the key of the
    data folder, and may read what that user may. No tool changes anything.
    """
    if check:
        _check(port)
        return
    if find_spec("mcp") is None:
        raise CommandFailed(
            "the package mcp is not installed (the extra `mcp`): pip install 'ballast[mcp]'"
        )
    # Loaded when it is run: it takes more than a second.
    from adapters.cli.assistant.server import build_server

    if port is None:
        build_server(_own).run("stdio")
        return
    if host not in _HERE and not plain:
        raise CommandFailed(
            f"--host {host} can be reached from other machines, and nothing would encrypt the"
            " tokens that they send: leave it out, or say --plain where other means do"
        )
    build_server(caller_of(_url())).run(
        "streamable-http", host=host, port=port, stateless_http=True, json_response=True
    )


def _check(port: int | None) -> None:
    """Say that the one on this machine answers; raises CommandFailed."""
    if port is None:
        raise CommandFailed("--check asks by HTTP: say which --port")
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=_CHECK_S)
    try:
        asked.request("GET", "/health")
        status = asked.getresponse().status
    except (OSError, http.client.HTTPException) as problem:
        raise CommandFailed(
            f"nobody answers at 127.0.0.1:{port} ({type(problem).__name__})", code=UNREACHABLE
        ) from None
    finally:
        asked.close()
    if status != 200:
        raise CommandFailed(f"127.0.0.1:{port} answers {status}")
    sys.stdout.write("healthy\n")


def _own(_authorization: str | None) -> Server:
    """Return the server with the token of whoever started this process."""
    return connect()


def caller_of(url: str) -> Callable[[str | None], Server]:
    """Return what makes of the header of a request the server with its caller's token."""
    own = own_server()
    certificate = own.certificate if url == (own.running() or own.url) else None

    def caller(authorization: str | None) -> Server:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise CommandFailed(
                "no token was sent: send the header `Authorization: Bearer TOKEN`, with a token"
                " of `ballast tokens create` or `ballast token`",
                code=REFUSED,
            )
        return Server(url=url, token=token.strip(), certificate=certificate)

    return caller


def _url() -> str:
    """Return where the server is, as `connect` finds it, without any token of ours."""
    named = os.environ.get("BALLAST_URL", "").rstrip("/")
    own = own_server()
    return named or own.running() or own.url
