"""`ballast account`: what there is, what it holds, what it is worth."""

from typing import Annotated, Any

import typer

from adapters.cli.client import Server, connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows

Account = Annotated[
    str | None, typer.Option("--account", help="The account's id; not needed if there is one.")
]
_LISTED = ("id", "name", "broker", "kind", "currency", "leverage")
_HELD = ("symbol", "quantity", "average_cost", "price", "market_value", "unrealised_pnl")
_POSTED = ("at", "kind", "reference", "id")


def account_id(server: Server, given: str | None) -> str:
    """Return the account named, or the only one; raises CommandFailed."""
    if given is not None:
        return given
    found = server.get("/accounts")["items"]
    if len(found) == 1:
        return str(found[0]["id"])
    ids = "\n".join(f"  {one['id']}  {one['name']}" for one in found)
    raise CommandFailed(f"there are {len(found)} accounts: name one with --account\n{ids}")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Accounts: summary, positions, ledger.", no_args_is_help=False)
    app.add_typer(group, name="account")

    @group.callback(invoke_without_command=True)
    def summary(context: typer.Context, account: Account = None, as_json: AsJson = False) -> None:
        """Show what an account is worth."""
        if context.invoked_subcommand is not None:
            return
        server = connect()
        _show(server.get(f"/accounts/{account_id(server, account)}"), as_json=as_json)

    group.command("open")(open_account)

    @group.command("list")
    def list_accounts(as_json: AsJson = False) -> None:
        """List the accounts."""
        found = connect().get("/accounts")
        if as_json:
            print_json(found)
        else:
            print_rows(found["items"], columns=_LISTED, empty="no accounts")

    @group.command()
    def positions(account: Account = None, as_json: AsJson = False) -> None:
        """List what an account holds."""
        server = connect()
        found = server.get(f"/accounts/{account_id(server, account)}/positions")
        if as_json:
            print_json(found)
        else:
            print_rows(found["items"], columns=_HELD, empty="no positions")

    @group.command()
    def ledger(account: Account = None, limit: int = 20, as_json: AsJson = False) -> None:
        """List an account's latest ledger transactions."""
        server = connect()
        found = server.get(f"/accounts/{account_id(server, account)}/ledger", limit=limit)
        if as_json:
            print_json(found)
        else:
            print_rows(found["items"], columns=_POSTED, empty="no transactions")

    @group.command()
    def deposit(amount: str, reference: str, account: Account = None) -> None:
        """Deposit into a paper account; the same reference twice deposits once."""
        server = connect()
        body = {"amount": amount, "reference": reference}
        path = f"/accounts/{account_id(server, account)}/deposits"
        _show(server.post(path, body), as_json=False)


def open_account(
    name: Annotated[str, typer.Argument(help="What the account is called.")],
    broker: Annotated[
        str | None, typer.Option(help="The broker's name; the server's first if none is given.")
    ] = None,
    portfolio: Annotated[
        str | None, typer.Option(help="The portfolio's id; the oldest if none is given.")
    ] = None,
    kind: Annotated[str, typer.Option(help="cash or margin.")] = "cash",
    leverage: Annotated[str, typer.Option(help="1 for cash, up to 10 for margin.")] = "1",
    currency: Annotated[str, typer.Option(help="An ISO 4217 code.")] = "USD",
    as_json: AsJson = False,
) -> None:
    """Open an account, without money, at one of the server's brokers."""
    server = connect()
    body = {
        "name": name,
        "portfolio_id": portfolio or server.get("/portfolios")["items"][0]["id"],
        "kind": kind,
        "leverage": leverage,
        "currency": currency,
    }
    if broker is not None:
        body["broker"] = broker
    _show(server.post("/accounts", body), as_json=as_json)


def _show(account: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(account)
    else:
        print_fields(account)
