"""`ballast tenants`: whose data the installation keeps, for whoever can read the data folder."""

import sys
from typing import Annotated, Any

import typer

from adapters.cli.failures import CommandFailed
from adapters.cli.host.reach import host, operator_name
from adapters.cli.output import AsJson, print_json, print_rows

_LISTED = ("id", "name", "created_at")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Tenants, for whoever can read the data folder.", no_args_is_help=True)
    app.add_typer(group, name="tenants")
    group.command("list")(list_tenants)
    group.command()(create)


def list_tenants(as_json: AsJson = False) -> None:
    """List the tenants."""

    async def asked(room: Any) -> list[dict[str, Any]]:
        return [
            {"id": str(one.id), "name": one.name, "created_at": one.created_at.isoformat()}
            for one in await room.users.tenants()
        ]

    found = host().tenants(asked)
    if as_json:
        print_json(found)
    else:
        print_rows(found, columns=_LISTED, empty="no tenants: the first start makes one")


def create(
    name: Annotated[str, typer.Argument(help="What the tenant is called.")],
    email: Annotated[str, typer.Argument(help="The e-mail address of its owner.")],
    broker: Annotated[
        str | None, typer.Option(help="The paper broker of its account; the first without it.")
    ] = None,
) -> None:
    """Make a tenant with an owner, default rules and a paper account, and print its password."""
    from application.identity.found_tenant import Founded, TenantExists
    from domain.shared.values import InvalidValue

    async def asked(room: Any) -> Founded | TenantExists:
        made: Founded | TenantExists = await room.found.another(
            name=name, email=email, actor=operator_name(), broker=broker
        )
        return made

    try:
        done = host().tenants(asked)
    except InvalidValue as problem:
        raise CommandFailed(f"{problem.field}: {problem.problem}", code=2) from None
    if isinstance(done, TenantExists):
        raise CommandFailed(f"there is a tenant {name} already: {done.tenant.id}")
    sys.stdout.write(
        f"tenant    {done.tenant.id}\naccount   {done.account.id}\n"
        f"owner     {done.owner.email}\npassword  {done.password}\n"
    )
    sys.stderr.write(
        f"the password lets in until {done.owner.password_until} and is not shown again:"
        " after `ballast login`, `ballast password change`\n"
    )
