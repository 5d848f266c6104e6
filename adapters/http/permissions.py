"""Let nobody do what they may not: every route names a permission, and one guard asks for it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from adapters.http.documented import FIRST_PASSWORD, OPT, PERMISSION, STEP_UP, RouteDescription
from adapters.http.problem_kinds import FORBIDDEN, PASSWORD_CHANGE_REQUIRED
from adapters.http.problems import Problem, unauthorized
from adapters.http.recent import Recent
from application.accounts.book_store import AccountNotFound
from domain.identity.access import Access, Permission
from domain.identity.tenant import Principal

# Under these names what is asked for, and what was not allowed, stand in a request's state.
ASKED = "permission"
REFUSED = "refused"
# Under this, how long it counts that somebody showed who they are.
RECENT = "recent"

# Path parameters of the edge's own routes.
_OWN = frozenset({"name", "slug"})

State = dict[str, Any]


class Undeclared(ValueError):
    """A route is open to whoever comes, or to nobody knows whom: the application must not start."""


@dataclass(frozen=True, slots=True)
class AccountPath:
    """How a path parameter leads to an account: whose it is, and what is said when there is none.

    account_of returns None for what is the whole tenant's, and raises what missing makes.
    """

    account_of: Callable[[UUID, Any], Awaitable[UUID | None]]
    missing: Callable[[Any], Exception]


async def _itself(_: UUID, account_id: UUID) -> UUID | None:
    return account_id


ACCOUNT = AccountPath(account_of=_itself, missing=AccountNotFound)


class Guard:
    """Asks of every request, before its handler, whether it is allowed; 403 or 404 if not.

    unbound names the path parameters that name nothing of one account: the tenant's own, or
    everyone's.
    """

    def __init__(
        self, bound: Mapping[str, AccountPath], *, unbound: frozenset[str], recent: Recent
    ) -> None:
        self._recent = recent
        self._unbound = unbound | _OWN
        self._bound = {"account_id": ACCOUNT, **bound}

    def check(self, app: Litestar) -> None:
        """Raise Undeclared for a route that does not say who may use it."""
        problems = [*_undeclared(app), *self._unknown(app)]
        if problems:
            raise Undeclared("; ".join(problems))

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
    ) -> None:
        """Raise the problem of a request that is not allowed."""
        if connection.scope.get("method") == "OPTIONS":
            # Tells which methods there are, and nothing of anyone.
            return
        permission = permission_of(handler)
        if permission is None:
            return
        state: State = connection.scope["state"]
        principal: Principal | None = state.get("principal")
        if principal is not None and principal.access.first_password:
            check_password(principal, first=FIRST_PASSWORD in handler.opt)
            access = principal.access
        else:
            access = admit(state, permission=permission)
        state[RECENT] = self._recent
        if STEP_UP in handler.opt:
            self._recent.check(state["principal"])
        if access.accounts is None and not access.read_only:
            return
        tenant_id = state["principal"].tenant_id
        for name, value in connection.path_params.items():
            bound = self._bound.get(name)
            if bound is None:
                continue
            account_id = await bound.account_of(tenant_id, value)
            if not access.sees(account_id):
                raise bound.missing(value)
            if not access.may_on(permission, account_id=account_id):
                raise forbidden(state, permission=permission, account_id=account_id)

    def _unknown(self, app: Litestar) -> Iterator[str]:
        for route, _, _ in _handlers(app):
            for name in route.path_parameters:
                if name not in self._bound and name not in self._unbound:
                    yield f"nobody knows to which account {name} of {route.path_format} leads"


def permission_of(handler: BaseRouteHandler) -> Permission | None:
    """Return what a handler asks for, None for an open one; raises Undeclared."""
    try:
        declared = handler.opt[PERMISSION]
        return None if declared is None else Permission(declared)
    except (KeyError, ValueError):
        raise Undeclared(f"{handler} declares no permission that there is") from None


def admit(state: State, *, permission: Permission) -> Access:
    """Return what who asks may do, if that is the permission at least; raises the problem."""
    principal: Principal | None = state.get("principal")
    if principal is None:
        raise unauthorized("this needs an Authorization header: Bearer <token>")
    access = principal.access
    check_password(principal)
    if permission not in access.permissions:
        raise forbidden(state, permission=permission, account_id=None)
    state[ASKED] = permission
    return access


def check_password(principal: Principal, *, first: bool = False) -> None:
    """Raise the problem of who has yet to set a password of their own; first lets them pass."""
    if principal.access.first_password and not first:
        kind = PASSWORD_CHANGE_REQUIRED
        raise Problem(kind=kind, detail=kind.meaning)


def reach(state: State, *, account_id: UUID | None) -> None:
    """Raise the problem of an account that a request names and may not touch.

    None is the whole tenant. What the route asks for is asked for on that account: one that
    was not granted is as good as none.
    """
    permission: Permission = state[ASKED]
    access: Access = state["principal"].access
    if access.may_on(permission, account_id=account_id):
        return
    if not access.sees(account_id):
        assert account_id is not None
        raise AccountNotFound(account_id)
    raise forbidden(state, permission=permission, account_id=account_id)


def ask_too(state: State, *, permission: Permission, step_up: bool = False) -> None:
    """Raise the problem of who lacks what a request needs besides, for what its body says.

    step_up asks that the person showed of late who they are.
    """
    principal: Principal = state["principal"]
    if permission not in principal.access.permissions:
        raise forbidden(state, permission=permission, account_id=None)
    if step_up:
        recent: Recent = state[RECENT]
        recent.check(principal)


def reach_all(state: State, *, account_id: UUID | None) -> frozenset[UUID] | None:
    """Return the accounts that a request means: the one named, or each that may be touched.

    None is all there are. Raises the problem of a named one that may not be touched.
    """
    access: Access = state["principal"].access
    if account_id is not None:
        reach(state, account_id=account_id)
        return frozenset({account_id})
    return access.accounts - access.read_only if access.accounts is not None else None


def forbidden(state: State, *, permission: Permission, account_id: UUID | None) -> Problem:
    """Return the problem of what is not allowed, and leave a note of it for the audit trail."""
    state[REFUSED] = (permission, account_id)
    return not_allowed(permission, account_id=account_id)


def not_allowed(permission: Permission, *, account_id: UUID | None) -> Problem:
    """Return the problem of what is not allowed."""
    where = f" on account {account_id}" if account_id is not None else ""
    return Problem(
        kind=FORBIDDEN,
        detail=f"this needs {permission.value}{where}, which your role, grants or token lack",
        permission=permission.value,
    )


def _handlers(app: Litestar) -> Iterator[tuple[HTTPRoute, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, found in sorted(route.route_handler_map.items()):
                handler = found[0]
                # The framework's own answer of which methods a path has.
                if not (method == "OPTIONS" and PERMISSION not in handler.opt):
                    yield route, str(method), handler


def _undeclared(app: Litestar) -> Iterator[str]:
    for route, method, handler in _handlers(app):
        place = f"{method} {route.path_format}"
        try:
            permission = permission_of(handler)
        except Undeclared:
            yield f"{place} declares no permission"
            continue
        said = handler.opt.get(OPT)
        if isinstance(said, RouteDescription) and said.secured is (permission is None):
            yield f"{place} is said to be {'secured' if said.secured else 'open'} and is not"
