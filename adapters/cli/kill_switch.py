"""`ballast kill`: stop everything, see what is stopped, let it go on."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_json, print_rows

Account = Annotated[str | None, typer.Option(help="Only this account; else everything.")]
Passcode = Annotated[
    str | None,
    typer.Option(envvar="BALLAST_PASSCODE", help="The passcode, once one is set."),
]
_LISTED = (
    "id",
    "scope",
    "account_id",
    "reason",
    "actor",
    "engaged_at",
    "canceled_at",
    "orders_cancelled",
    "flat_at",
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The kill switch.", no_args_is_help=True)
    app.add_typer(group, name="kill")
    group.command()(activate)
    group.command()(release)
    group.command()(status)
    group.command()(passcode)


def activate(
    reason: Annotated[str, typer.Argument(help="Why: it is kept.")] = "by hand",
    account: Account = None,
    flatten: Annotated[bool, typer.Option("--flatten", help="Close every position too.")] = False,
    passcode: Passcode = None,
) -> None:
    """Stop trading now: nothing more is sent, open orders are cancelled.

    Only --flatten needs the passcode, once one is set.
    """
    body = _scope(account) | {"reason": reason, "flatten": flatten}
    print_json(connect().post("/kill-switch/activate", _with(body, passcode)))


def release(
    reason: Annotated[str, typer.Argument(help="Why: it is kept.")],
    account: Account = None,
    cancel_flatten: Annotated[
        bool, typer.Option("--cancel-flatten", help="Call off a flattening that is not done.")
    ] = False,
    passcode: Passcode = None,
) -> None:
    """Let trading go on, if the books agree with the broker's."""
    body = _scope(account) | {"reason": reason}
    body |= {"cancel_flatten": True} if cancel_flatten else {}
    server = connect()
    try:
        print_json(server.post("/kill-switch/release", _with(body, passcode)))
    except CommandFailed as problem:
        others = _stopped_instead(server, of=account)
        if not others:
            raise
        raise CommandFailed(f"{problem}\n{others}", code=problem.code) from problem


def status(as_json: AsJson = False) -> None:
    """Show what is stopped."""
    found = connect().get("/kill-switch")
    if as_json:
        print_json(found)
        return
    sys.stdout.write(f"trading: {'yes' if found['trading'] else 'STOPPED'}\n")
    print_rows(found["latches"], columns=_LISTED, empty="nothing is stopped")


def passcode(
    new: Annotated[
        str,
        typer.Option(
            prompt=True, hide_input=True, confirmation_prompt=True, help="8 to 64 digits."
        ),
    ],
    current: Annotated[str | None, typer.Option(help="The one that holds now.")] = None,
) -> None:
    """Set or change the passcode that releases need."""
    body: dict[str, Any] = {"passcode": new}
    if current is not None:
        body["current"] = current
    connect().ask("PUT", "/kill-switch/passcode", body=body)
    sys.stdout.write("the passcode is set\n")


def _stopped_instead(server: Server, *, of: str | None) -> str:
    """Return what is stopped where that is not, and how it is released; else nothing."""
    try:
        latches = server.get("/kill-switch")["latches"]
    except CommandFailed:
        return ""
    accounts = dict.fromkeys(one["account_id"] for one in latches)
    if of in accounts:
        return ""
    return "\n".join(
        f"  stopped is account {one}: name it with --account {one}"
        if one is not None
        else "  stopped is everything: leave --account out"
        for one in accounts
    )


def _scope(account: str | None) -> dict[str, Any]:
    return {"scope": "tenant"} if account is None else {"scope": "account", "account_id": account}


def _with(body: dict[str, Any], passcode: str | None) -> dict[str, Any]:
    return body if passcode is None else body | {"passcode": passcode}
