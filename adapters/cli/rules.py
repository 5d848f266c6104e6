"""`ballast rules`: the limits that every order has to keep."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.client import connect
from adapters.cli.failures import CommandFailed
from adapters.cli.output import AsJson, print_fields, print_json, print_rows
from adapters.cli.rule_changes import Reason, RuleId, add_to, print_done

_PATH = "/risk-rules"
_LISTED = ("id", "name", "rule_type", "threshold", "action", "is_active")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Risk rules.", no_args_is_help=True)
    app.add_typer(group, name="rules")
    group.command("list")(list_rules)
    group.command()(show)
    group.command()(add)
    group.command("set")(change)
    group.command()(remove)
    group.command()(portfolio)
    add_to(group)


def list_rules(
    limit: Annotated[int, typer.Option(help="How many at most.")] = 200, as_json: AsJson = False
) -> None:
    """List the rules."""
    found = connect().get(_PATH, limit=limit)
    if as_json:
        print_json(found)
    else:
        print_rows(found["items"], columns=_LISTED, empty="no rules: every order passes")


def show(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Show a rule."""
    found = connect().get(f"{_PATH}/{rule_id}")
    (print_json if as_json else print_fields)(found)


def add(
    rule_type: Annotated[str, typer.Argument(help="Such as MAX_DAILY_LOSS.")],
    threshold: Annotated[str, typer.Argument(help="The limit.")],
    name: Annotated[str | None, typer.Option(help="A name; else one from the type.")] = None,
    action: Annotated[str, typer.Option(help="BLOCK, WARN, REDUCE_ONLY or HALT.")] = "BLOCK",
    account: Annotated[str | None, typer.Option(help="Only for this account.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Only for this strategy.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Only for this symbol.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(help="name=value, repeatable; a,b for lists.")
    ] = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Add it switched off.")] = False,
) -> None:
    """Add a rule."""
    kind = rule_type.upper()
    body: dict[str, Any] = {
        "name": name or kind.replace("_", " ").title(),
        "rule_type": kind,
        "threshold": threshold,
        "action": action.upper(),
        "is_active": not inactive,
    }
    scope = {"account_id": account, "strategy_id": strategy, "symbol": symbol}
    scope = {part: value for part, value in scope.items() if value is not None}
    if scope:
        body["scope"] = scope
    if parameter:
        body["parameters"] = dict(_parameter(one) for one in parameter)
    print_fields(connect().post(_PATH, body))


def change(
    rule_id: RuleId,
    threshold: Annotated[str | None, typer.Option(help="A new limit.")] = None,
    action: Annotated[str | None, typer.Option(help="A new action.")] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Switch it on or off.")
    ] = None,
    reason: Reason = None,
) -> None:
    """Change a rule; what is not named stays."""
    server = connect()
    path = f"{_PATH}/{rule_id}"
    kept = server.get(path)
    wanted = {
        "threshold": threshold,
        "action": action.upper() if action is not None else None,
        "is_active": active,
    }
    fields = ("name", "rule_type", "threshold", "action", "is_active", "scope", "parameters")
    body = {name: kept[name] for name in fields if name in kept}
    body |= {name: value for name, value in wanted.items() if value is not None}
    if reason is not None:
        body["reason"] = reason
    # What someone else changed meanwhile is not overwritten.
    match = {"If-Match": f'"{kept["version"]}"'}
    print_done(server.ask("PUT", path, body=body, headers=match))


def remove(rule_id: RuleId, reason: Reason = None) -> None:
    """Remove a rule."""
    query = {"reason": reason} if reason is not None else None
    done = connect().ask("DELETE", f"{_PATH}/{rule_id}", query=query)
    if done:
        print_done(done)
    else:
        sys.stdout.write("removed\n")


def portfolio() -> None:
    """Show the portfolio's risk: exposure, leverage, value at risk, drawdown."""
    print_json(connect().get(f"{_PATH}/portfolio-risk"))


def _parameter(text: str) -> tuple[str, str | list[str]]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandFailed(f"--parameter must be name=value, not {text!r}", code=2)
    return name, value.split(",") if "," in value else value
