"""`ballast kill`: stop everything, see what is stopped, let it go on."""

import sys
from time import monotonic, sleep
from typing import Annotated, Any

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_json, print_rows

Account = Annotated[str | None, typer.Option(help="Only this account; else everything.")]
Strategy = Annotated[str | None, typer.Option(help="Only the orders of this strategy.")]
Broker = Annotated[str | None, typer.Option(help="Only accounts at this broker.")]
Symbol = Annotated[str | None, typer.Option(help="Only orders in this symbol.")]
Passcode = Annotated[
    str | None,
    typer.Option(envvar="BALLAST_PASSCODE", help="The passcode, once one is set."),
]
_LISTED = (
    "id",
    "scope",
    "named",
    "level",
    "reason",
    "actor",
    "engaged_at",
    "canceled_at",
    "orders_cancelled",
    "flat_at",
)
# So long a release is waited for, and looked at so often.
_TIMEOUT_S = 20.0
_LOOK_S = 0.2
# Where the name of what is stopped stands, by what it is one of.
_FIELDS = {
    "account": "account_id",
    "strategy": "strategy_id",
    "broker": "broker",
    "symbol": "symbol",
}


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
    strategy: Strategy = None,
    broker: Broker = None,
    symbol: Symbol = None,
    reducing: Annotated[
        bool, typer.Option("--reducing", help="Let through what only reduces positions.")
    ] = False,
    flatten: Annotated[bool, typer.Option("--flatten", help="Close every position too.")] = False,
    passcode: Passcode = None,
) -> None:
    """Stop trading now: nothing more is sent, open orders are cancelled.

    Only --flatten needs the passcode, once one is set.
    """
    body = _scope(account, strategy=strategy, broker=broker, symbol=symbol)
    body |= {"reason": reason, "flatten": flatten}
    body |= {"level": "reducing"} if reducing else {}
    print_json(connect().post("/kill-switch/activate", _with(body, passcode)))


def release(
    reason: Annotated[str, typer.Argument(help="Why: it is kept.")],
    account: Account = None,
    strategy: Strategy = None,
    broker: Broker = None,
    symbol: Symbol = None,
    to_reducing: Annotated[
        bool, typer.Option("--to-reducing", help="Only as far as what reduces positions.")
    ] = False,
    yes: Annotated[
        list[str] | None,
        typer.Option(help="A question of the checklist that is answered with yes; repeat it."),
    ] = None,
    cancel_flatten: Annotated[
        bool, typer.Option("--cancel-flatten", help="Call off a flattening that is not done.")
    ] = False,
    passcode: Passcode = None,
) -> None:
    """Let trading go on, if the books agree with the broker's; waits a while for slow ones."""
    scope = _scope(account, strategy=strategy, broker=broker, symbol=symbol)
    body = scope | {"reason": reason}
    body |= {"cancel_flatten": True} if cancel_flatten else {}
    body |= {"to": "reducing"} if to_reducing else {}
    body |= {"answers": dict.fromkeys(yes, True)} if yes else {}
    server = connect()
    try:
        print_json(_released(server, server.post("/kill-switch/release", _with(body, passcode))))
    except CommandFailed as problem:
        others = _stopped_instead(server, of=scope)
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
    shown = [one | {"named": _named(one)} for one in found["latches"]]
    print_rows(shown, columns=_LISTED, empty="nothing is stopped")


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


def _released(server: Server, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer once it is done, or what it still waits for."""
    give_up_at = monotonic() + _TIMEOUT_S
    while waits := answer.get("to_confirm"):
        paths = [f"/kill-switch/latches/{one['id']}" for one in answer["latches"]]
        latches = [server.get(path)["latch"] for path in paths]
        if not any(one.get("release_asked_at") for one in latches):
            return {"latches": latches}
        if monotonic() >= give_up_at:
            raise CommandFailed(f"the release is kept, and done once {'; '.join(waits)}")
        sleep(_LOOK_S)
    return answer


def _stopped_instead(server: Server, *, of: dict[str, Any]) -> str:
    """Return what is stopped where that is not, and how it is released; else nothing."""
    try:
        latches = server.get("/kill-switch")["latches"]
    except CommandFailed:
        return ""
    stopped = dict.fromkeys((one["scope"], _named(one)) for one in latches)
    if (of["scope"], _named(of)) in stopped:
        return ""
    return "\n".join(_told(scope, name) for scope, name in stopped)


def _told(scope: str, name: str) -> str:
    match scope:
        case "firm":
            return "  stopped is the whole firm: its operator releases it"
        case "tenant":
            return "  stopped is everything: name nothing"
        case _:
            return f"  stopped is {scope} {name}: name it with --{scope} {name}"


def _named(latch: dict[str, Any]) -> str:
    return next((latch[field] for field in _FIELDS.values() if latch.get(field)), "")


def _scope(account: str | None, **others: str | None) -> dict[str, Any]:
    given = {"account": account, **others}
    named = {scope: name for scope, name in given.items() if name is not None}
    if len(named) > 1:
        raise CommandFailed(f"name one of {', '.join(f'--{one}' for one in _FIELDS)}", code=2)
    for scope, name in named.items():
        return {"scope": scope, _FIELDS[scope]: name}
    return {"scope": "tenant"}


def _with(body: dict[str, Any], passcode: str | None) -> dict[str, Any]:
    return body if passcode is None else body | {"passcode": passcode}
