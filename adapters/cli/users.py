"""`ballast users`, `sessions`, `password`: who may come in, and from where they did."""

import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer

from adapters.cli.asking import asked_secret
from adapters.cli.client import Server, at_server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.login import Plain, is_loopback, server_url
from adapters.cli.output import AsJson, print_json, print_rows
from domain.identity.address import normal_address

_USERS = ("id", "email", "name", "created_at", "disabled_at")
_SESSIONS = ("id", "device_label", "ip", "opened_at", "used_at", "lapses_at", "current")
Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]


def register(app: typer.Typer) -> None:
    """Add the groups."""
    users = typer.Typer(help="Users and invitations.", no_args_is_help=True)
    app.add_typer(users, name="users")
    users.command("list")(list_users)
    users.command()(invite)
    users.command()(join)
    users.command()(disable)
    users.command()(enable)
    sessions = typer.Typer(help="One's open sessions.", no_args_is_help=True)
    app.add_typer(sessions, name="sessions")
    sessions.command("list")(list_sessions)
    sessions.command()(revoke)
    sessions.command()(end_all)
    passwords = typer.Typer(help="Passwords.", no_args_is_help=True)
    app.add_typer(passwords, name="password")
    passwords.command()(change)
    passwords.command()(reset)


def list_users(as_json: AsJson = False) -> None:
    """List the users."""
    found = list(connect().every("/users"))
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_USERS, empty="no users")


def invite(
    email: Annotated[str, typer.Argument(help="The address to invite.")],
    role: Annotated[str, typer.Argument(help="owner, trader, viewer, trustee or auditor.")],
    at: Annotated[
        str | None,
        typer.Option("--server", help="Our address for the invited; else the one asked here."),
    ] = None,
) -> None:
    """Invite somebody, and print once what to hand to them."""
    server = connect()
    url = server_url(at, plain=True) if at is not None else server.url
    told = server.post("/invitations", {"email": email, "role": role})
    sys.stdout.write(
        f"You are invited to Ballast at {url} as {told['role']}. Until {told['expires_at']}, choose"
        f" a name and a password:\n\n    ballast users join {told['token']} --server {url}\n"
    )
    if at is None and is_loopback(urlsplit(url).hostname or ""):
        sys.stderr.write("this address is of this machine alone: --server names another\n")


def join(
    token: Annotated[str, typer.Argument(help="The invitation's one-time token.")],
    name: Annotated[str, typer.Option(prompt=True, help="Your name.")],
    server: Annotated[
        str | None, typer.Option(help="The server that the invitation names; else the local one.")
    ] = None,
    plain: Plain = False,
) -> None:
    """Accept an invitation; the password is asked for, or read from standard input."""
    there = at_server(server_url(server, plain=plain)) if server is not None else connect()
    body = {"token": token, "name": name, "password": asked_secret("New password", again=True)}
    told = there.post("/auth/join", body)
    sys.stdout.write(
        f"welcome, {told['name']}: log in with\n\n"
        f"    ballast login {told['email']} --server {there.url}\n"
    )


def disable(email: Email) -> None:
    """Keep a user out, at once and until enabled."""
    server = connect()
    server.post(f"/users/{_id_of(server, email)}/disable")
    sys.stdout.write(f"{email} is out, with all sessions\n")


def enable(email: Email) -> None:
    """Let a user in again."""
    server = connect()
    server.post(f"/users/{_id_of(server, email)}/enable")
    sys.stdout.write(f"{email} may log in again\n")


def list_sessions(as_json: AsJson = False) -> None:
    """List one's open sessions."""
    found = list(connect().every("/sessions"))
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_SESSIONS, empty="no open sessions")


def revoke(session_id: Annotated[str, typer.Argument(help="The session's id.")]) -> None:
    """End one session."""
    connect().ask("DELETE", f"/sessions/{session_id}")
    sys.stdout.write("ended\n")


def end_all() -> None:
    """End all of one's sessions, on every device."""
    told = connect().post("/auth/logout-everywhere")
    sys.stdout.write(f"{told['sessions_ended']} sessions ended\n")


def change() -> None:
    """Change one's password; the other sessions end.

    The present one and the new one are asked for, or read from standard input, a line each.
    """
    server = connect()
    current = asked_secret("Present password")
    body = {"current": current, "password": asked_secret("New password", again=True)}
    told = server.post("/auth/password", body)
    sys.stdout.write(f"the password is changed, {told['sessions_ended']} sessions ended\n")


def reset(
    email: Annotated[str | None, typer.Option(help="Whose; else the owner's.")] = None,
) -> None:
    """Set a password without the old one, for whoever can read the data folder.

    It is asked for, or read from standard input.
    """
    server = connect()
    user_id = _id_of(server, email) if email is not None else _owner_id(server)
    password = asked_secret("New password", again=True)
    made = server.post(f"/users/{user_id}/password-reset")
    told = server.post("/auth/password/reset", {"token": made["token"], "password": password})
    sys.stdout.write(f"the password is set, {told['sessions_ended']} sessions ended\n")


def _owner_id(server: Server) -> str:
    for user in server.every("/users"):
        return str(user["id"])
    raise CommandFailed("there are no users")


def _id_of(server: Server, email: str) -> str:
    wanted = normal_address(email)
    for user in server.every("/users"):
        if normal_address(user["email"]) == wanted:
            return str(user["id"])
    raise CommandFailed(f"no user has the address {email}")
