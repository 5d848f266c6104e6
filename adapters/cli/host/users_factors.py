"""`ballast users factors`: what whoever can read the data folder does to a user's factors."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli.failures import CommandFailed
from adapters.cli.host.reach import host, operator_name

Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]
TenantId = Annotated[
    UUID | None, typer.Option("--tenant", help="Whose user, where several have the address.")
]


def register(app: typer.Typer) -> None:
    """Add the group to that of the users."""
    users = next(one.typer_instance for one in app.registered_groups if one.name == "users")
    assert users is not None
    group = typer.Typer(
        help="A user's second factors, for whoever can read the data folder.",
        no_args_is_help=True,
    )
    group.command("list")(list_of_user)
    group.command("remove")(remove_of_user)
    users.add_typer(group, name="factors")


def list_of_user(email: Email, tenant: TenantId = None) -> None:
    """Say which second factors a user has."""

    async def asked(operating: Any) -> Any:
        return await operating.kinds(email=email, tenant_id=tenant)

    for kind in sorted(_known(asked, email)):
        sys.stdout.write(f"{kind}\n")


def remove_of_user(email: Email, tenant: TenantId = None) -> None:
    """Take all second factors of a user away, with an entry in the audit trail."""

    async def asked(operating: Any) -> Any:
        return await operating.remove(email=email, actor=operator_name(), tenant_id=tenant)

    removed = _known(asked, email)
    sys.stdout.write(f"{removed} removed: {email} logs in with the password alone\n")


def _known(work: Callable[[Any], Awaitable[Any]], email: str) -> Any:
    """Do something to the one user of an address, over the database itself."""
    from application.identity.operator_factors import SeveralUsers

    try:
        found = host().factors(work)
    except SeveralUsers as problem:
        named = "\n".join(f"  {one}" for one in problem.tenants)
        raise CommandFailed(f"{problem}: give --tenant\n{named}") from None
    if found is None:
        raise CommandFailed(f"no user has the address {email}")
    return found
