"""`ballast login`, `logout`, `step-up`: come in as a member, from any machine."""

import os
import socket
import sys
from contextlib import suppress
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import typer

from adapters.cli.asking import asked, asked_secret
from adapters.cli.client import Server, ServerRefusal, SessionOver, at_server
from adapters.cli.failures import REFUSED, CommandFailed
from adapters.cli.session import Session, alone, drop_session, keep_session, kept_session

_LABEL_MAX = 64
_FACTOR_NEEDED = "/problems/factor-needed"
_CODES = frozenset({"totp", "backup_code"})
ServerUrl = Annotated[
    str, typer.Option("--server", help="The server, such as https://desk.example.com.")
]
Plain = Annotated[
    bool,
    typer.Option(
        "--plain", help="Take http:// to another machine: who listens reads the password."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(login)
    app.command()(logout)
    app.command("step-up")(step_up)


def login(
    email: Annotated[str, typer.Argument(help="Your e-mail address.")],
    server: ServerUrl,
    remember: Annotated[
        bool, typer.Option("--remember", help="Stay logged in while it is used, for weeks.")
    ] = False,
    tenant: Annotated[
        UUID | None, typer.Option(help="Which tenant's, where several have the address.")
    ] = None,
    plain: Plain = False,
) -> None:
    """Log in; other commands then ask that server as you, until `ballast logout`.

    The password is asked for on the terminal, or else is the next line of standard input; then,
    where there is a second factor, its code.
    """
    url = server_url(server, plain=plain)
    body: dict[str, Any] = {
        "email": email,
        "password": asked_secret("Password"),
        "remember": remember,
        "device_label": f"ballast on {socket.gethostname()}"[:_LABEL_MAX],
    }
    before = _before(url, email)
    if before is not None:
        body["device_token"] = before.device_token
    if tenant is not None:
        body["tenant_id"] = str(tenant)
    told = at_server(url).ask("POST", "/auth/login", body=body)
    if "challenge" in told:
        told = _answered(at_server(url), told, before=before)
    session = Session(
        server=url, email=email, access_token="", refresh_token="", device_token="", renew_at=0.0
    ).renewed(told)
    with alone():
        keep_session(session)
    sys.stdout.write(f"logged in at {url}: commands ask there, until `ballast logout`\n")
    if os.environ.get("BALLAST_TOKEN") or os.environ.get("BALLAST_URL", url).rstrip("/") != url:
        sys.stderr.write("not yet: BALLAST_TOKEN or BALLAST_URL is set, and goes before it\n")
    if told.get("recovery") is not None:
        sys.stderr.write(
            "all your second factors are about to be taken away; not asked by you?"
            " `ballast mfa cancel-recovery`\n"
        )


def logout(
    here: Annotated[
        bool, typer.Option("--here", help="Forget it here, without asking the server.")
    ] = False,
) -> None:
    """End the session at the server, and forget it here."""
    try:
        session = kept_session()
    except CommandFailed:
        # What cannot be used is forgotten all the same.
        drop_session()
        raise
    if session is None:
        sys.stdout.write("nobody was logged in\n")
        return
    if not here:
        try:
            _of(session).ask("POST", "/auth/logout")
        except SessionOver:
            # One that is over needs no end.
            drop_session()
        except CommandFailed as problem:
            raise CommandFailed(
                f"{problem}\n  still logged in; --here forgets it here alone", code=problem.code
            ) from problem
    with alone():
        drop_session()
    sys.stdout.write("logged out\n")


def step_up() -> None:
    """Show again that it is you, for what is sensitive; good for a few minutes."""
    session = kept_session()
    if session is None:
        raise CommandFailed(
            "nobody is logged in: a token of the data folder needs no step-up", code=REFUSED
        )
    server = _of(session)
    try:
        told = server.ask("POST", "/auth/step-up", body={"password": asked_secret("Password")})
    except ServerRefusal as problem:
        if problem.kind != _FACTOR_NEEDED:
            raise
        told = server.ask("POST", "/auth/step-up", body={"code": asked("Code")})
    with alone():
        # The tokens may have been renewed while it was typed; those of before are over now.
        latest = kept_session()
        if latest is not None and latest.server == session.server:
            keep_session(latest.renewed(told))
    sys.stdout.write("shown: what is sensitive may be asked for a few minutes\n")


def _of(session: Session) -> Server:
    """Return the server of a session, whatever the environment names."""
    return at_server(session.server, token=session.access_token, by_session=True)


def server_url(text: str, *, plain: bool) -> str:
    """Return a server's address as sessions know it; raises CommandFailed for an unsafe one."""
    url = urlsplit(text.strip())
    try:
        named = url.hostname, url.port
    except ValueError:
        named = None, None
    clean = not (url.username or url.password or url.query or url.fragment or url.path.strip("/"))
    if named[0] is None or url.scheme not in ("http", "https") or not clean:
        raise CommandFailed("--server must be such as https://desk.example.com", code=2)
    if url.scheme == "http" and not plain and not is_loopback(named[0]):
        raise CommandFailed(
            f"http://{url.netloc} is not encrypted: whoever is on the way reads the password and"
            " the tokens. Use https://, or say --plain where other means keep it private",
            code=REFUSED,
        )
    return f"{url.scheme}://{url.netloc.lower()}"


def is_loopback(host: str) -> bool:
    """Tell whether a name or an address is of this machine."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _before(url: str, email: str) -> Session | None:
    """Return the session that this log-in follows on the same device, if there is one."""
    try:
        session = kept_session()
    except CommandFailed:
        return None
    same = session is not None and (session.server, session.email) == (url, email)
    return session if same else None


def _answered(server: Server, challenge: Any, *, before: Session | None) -> Any:
    """Return what a log-in's challenge answers to a code."""
    if not _CODES.intersection(challenge["factors"]):
        raise CommandFailed(
            "this log-in needs a passkey, which only a browser can show: give a backup code or an"
            " app to your account there first",
            code=REFUSED,
        )
    body = {
        "challenge": challenge["challenge"],
        "code": asked("Code of your app, or a backup code"),
    }
    if before is not None:
        body["device_token"] = before.device_token
    return server.ask("POST", "/auth/challenge", body=body)
