"""`ballast mcp`: what an assistant may read of a running server, as tools of MCP."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated

import typer

from adapters.cli.client import Server, connect, own_server
from adapters.cli.failures import REFUSED, CommandFailed


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
) -> None:
    """Let an assistant read holdings, positions, quotes, signals and sentiment by MCP.

    It asks the server as every other command does, with BALLAST_TOKEN, a log-in or the key of the
    data folder, and may read what that user may. No tool changes anything.
    """
    if find_spec("mcp") is None:
        raise CommandFailed(
            "the package mcp is not installed (the extra `mcp`): pip install 'ballast[mcp]'"
        )
    # Loaded when it is run: it takes more than a second.
    from adapters.cli.assistant.server import build_server

    if port is None:
        build_server(_own).run("stdio")
        return
    build_server(caller_of(_url())).run(
        "streamable-http", host="127.0.0.1", port=port, stateless_http=True, json_response=True
    )


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
