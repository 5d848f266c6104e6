"""`ballast agents`: who trades by program, how they are, and what a new one needs."""

import json
import secrets
import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from adapters.cli.accounts import Account, account_id
from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

_PATH = "/agents"
_LISTED = ("id", "state", "desired", "kind", "version", "account_id", "heard_at")
_PAGE = 200
_DAY_S = 86_400
# What a trading program asks for; what stops everything is left to people.
_SCOPES = (
    *("accounts.read", "agents.read", "identity.self", "market.read"),
    *("orders.cancel", "orders.read", "orders.trade", "risk.read"),
)
Name = Annotated[str, typer.Argument(help="The agent's id.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Trading agents.", no_args_is_help=True)
    app.add_typer(group, name="agents")
    group.command("list")(list_agents)
    group.command()(pause)
    group.command()(resume)
    keys = typer.Typer(help="What agents come in with.", no_args_is_help=True)
    keys.command()(add)
    group.add_typer(keys, name="keys")


def list_agents(as_json: AsJson = False) -> None:
    """List the agents, and say why some may not be heard."""
    server = connect()
    found = server.get(_PATH, limit=_PAGE)
    items = list(found["items"])
    while found["next_cursor"] is not None:
        found = server.get(_PATH, limit=_PAGE, cursor=found["next_cursor"])
        items += found["items"]
    if as_json:
        print_json(
            {"items": items, **{name: found[name] for name in ("hearing", "configured", "hint")}}
        )
        return
    print_rows(items, columns=_LISTED, empty="no agents: `ballast agents keys add NAME`")
    if found["hint"] is not None:
        sys.stderr.write(f"{found['hint']}\n")
    if not found["hearing"]:
        sys.stdout.write("heartbeats do not reach this server: the states are old\n")


def pause(name: Name) -> None:
    """Ask an agent to pause; what it sends all the same is refused."""
    print_fields(connect().post(f"{_PATH}/{_in_path(name)}/pause"))


def resume(name: Name) -> None:
    """Let an agent go on."""
    print_fields(connect().post(f"{_PATH}/{_in_path(name)}/resume"))


def add(
    name: Annotated[str, typer.Argument(help="What the agent is called: its id and strategy.")],
    account: Account = None,
    days: Annotated[int, typer.Option(help="How long its token lasts.", min=1)] = 90,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="A key for commands over Kafka, too.")
    ] = False,
) -> None:
    """Register an agent on an account, and print once all that it needs to trade and to beat."""
    server = connect()
    chosen = account_id(server, account)
    machine = _machine(server, name)
    server.ask("PUT", f"/members/{machine}/accounts/{chosen}", body={"level": "role"})
    server.post(_PATH, {"agent_id": name, "member_id": machine, "account_id": chosen})
    made = server.post(
        "/tokens",
        {
            "name": name,
            "scopes": list(_SCOPES),
            "member_id": machine,
            "accounts": [chosen],
            "expires_in_s": days * _DAY_S,
        },
    )
    sys.stdout.write(
        f"export BALLAST_URL={server.url}\n"
        f"export BALLAST_TOKEN={made['token']}\n"
        f"export AGENT_ID={name}\n"
        f"export AGENT_ACCOUNT={chosen}\n"
    )
    if kafka:
        _print_key(server, name=name, account=chosen, machine=machine)
    sys.stderr.write(
        "keep this now: it is not shown again. With it in the environment,"
        " `python examples/heartbeat.py` beats and `ballast order` trades as the agent\n"
    )


def _in_path(text: str) -> str:
    return quote(text, safe="")


def _machine(server: Server, name: str) -> str:
    """Return the id of the machine of that name, made where there is none; raises CommandFailed."""
    found = [
        one
        for one in server.get("/members")["items"]
        if (one["name"], one["role"]) == (name, "agent")
    ]
    if len(found) > 1:
        raise CommandFailed(f"{len(found)} machines are called {name}: choose another name")
    if found and found[0]["disabled"]:
        raise CommandFailed(f"the machine {name} is disabled: `ballast members enable` first")
    made: dict[str, Any] = found[0] if found else server.post("/members", {"name": name})
    return str(made["id"])


def _print_key(server: Server, *, name: str, account: str, machine: str) -> None:
    tenant = server.get("/users", limit=1)["items"][0]["tenant_id"]
    key = {
        "id": f"{name}-{secrets.token_hex(4)}",
        "secret": secrets.token_urlsafe(32),
        "tenant": tenant,
        "actor": f"producer:{name}",
        "accounts": [account],
        "user": machine,
    }
    sys.stdout.write(
        f"export COMMAND_KEY_ID={key['id']}\n"
        f"export COMMAND_SECRET={key['secret']}\n"
        f"export COMMAND_TENANT={tenant}\n"
        "# For the servers: put this into the list of BALLAST_COMMANDS_KEYS, and restart them.\n"
        f"# {json.dumps(key)}\n"
    )
