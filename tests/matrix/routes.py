"""Ask every route as everyone, for what is theirs, what was not granted, and what is another's."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from adapters.http.cases import Case
from adapters.http.documented import STEP_UP
from adapters.http.permissions import permission_of
from domain.identity.access import OF_ONESELF, READS, Permission
from domain.identity.member import MemberKind
from tests.matrix.cases import CASES
from tests.matrix.world import OF_ACCOUNTS, OF_MEMBERS, Actor, Place, World

FORBIDDEN = "/problems/forbidden"
# Turned away as a person, by the passcode or by the gate: who is allowed gets as far as that.
NEEDS_PERSON = "/problems/needs-person"
REFUSED_LATER = frozenset({NEEDS_PERSON, "/problems/passcode-refused"})
# A denied order, and what is no right password or token.
_REFUSED_INSIDE = frozenset(
    f"/problems/{slug}"
    for slug in (
        "order-denied",
        "login-refused",
        "refresh-refused",
        "challenge-over",
        "factor-refused",
        "passkey-refused",
        "password-refused",
        "one-time-token-refused",
        "hook-refused",
    )
)
_UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|agent-[0-9a-z-]+")


@dataclass(slots=True)
class Swept:
    """What was tried, and what was wrong."""

    tried: int = 0
    routes: int = 0
    refused: int = 0
    absent: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.routes} tried {self.tried} times: {self.refused} forbidden,"
            f" {self.absent} not found, {len(self.wrongs)} violations"
        )


@dataclass(frozen=True, slots=True)
class _Route:
    name: str
    method: str
    path: str
    permission: Permission | None
    # Asks a person to have shown of late who they are: no token of another kind will do.
    step_up: bool


def served(world: World) -> Iterator[_Route]:
    """Yield every route that the running application serves."""
    for route in world.context.app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in sorted(route.route_handler_map.items()):
            if method != "OPTIONS":
                assert isinstance(handler, HTTPRouteHandler)
                path = route.path_format
                name, step_up = f"{method} {path}", STEP_UP in handler.opt
                yield _Route(name, str(method), path, permission_of(handler), step_up)


def uncovered(world: World, document: Mapping[str, Any]) -> list[str]:
    """Return the routes, and the ids in their paths, queries and bodies, that have no case."""
    found = []
    names = set()
    for route in served(world):
        names.add(route.name)
        cases = CASES.get(route.name)
        if cases is None:
            found.append(f"{route.name} has no case")
            continue
        known = {where for case in cases for where in (*case.ids, *case.plain)}
        ids = _ids_of(route, document)
        found += [f"{route.name}: {where} is in no case" for where in ids if where not in known]
    return [*found, *(f"{name} is served no more" for name in sorted(set(CASES) - names))]


def _ids_of(route: _Route, document: Mapping[str, Any]) -> Iterator[str]:
    yield from re.findall(r"{(\w+)}", route.path)
    operation = document["paths"].get(route.path, {}).get(route.method.lower())
    if operation is None:
        return
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query" and parameter["schema"].get("format") == "uuid":
            yield f"?{parameter['name']}"
    body = operation.get("requestBody")
    if body is not None:
        schema = body["content"]["application/json"]["schema"]
        yield from sorted(set(_in_schema(schema, document, at="")))


def _in_schema(schema: Any, document: Mapping[str, Any], *, at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if schema.get("format") == "uuid":
        yield at
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _in_schema(choice, document, at=at)
    for name, part in schema.get("properties", {}).items():
        yield from _in_schema(part, document, at=f"{at}/{name}")
    if isinstance(schema.get("items"), dict):
        yield from _in_schema(schema["items"], document, at=f"{at}/0")


async def sweep_routes(world: World, *, only: str = "") -> Swept:
    """Try them all, or those whose name has something in it."""
    swept = Swept()
    async with world.context.client(None) as client:
        document = (await client.get("/openapi.json")).json()
        swept.wrongs += uncovered(world, document)
        for route in sorted((one for one in served(world) if only in one.name), key=_order):
            swept.routes += 1
            for case in CASES.get(route.name, ()):
                for actor in (None, *world.actors.values()):
                    await _Try(world, client, swept, route, case, actor, document).all()
    return swept


def _order(route: _Route) -> tuple[int, str]:
    # What stops everything comes last: what is tried before it shall not run into it.
    return ("kill-switch" in route.path, route.name)


@dataclass(slots=True)
class _Try:
    world: World
    client: httpx.AsyncClient
    swept: Swept
    route: _Route
    case: Case
    actor: Actor | None
    document: Mapping[str, Any]

    async def all(self) -> None:
        """Try the route as this one: with what is theirs, then with each id wrong in turn."""
        own = dict.fromkeys(self.case.ids, Place.OWN)
        answer = await self._ask(own)
        self._judge_own(answer)
        if self.actor is None or self.route.permission is None:
            return
        for where, kind in self.case.ids.items():
            places = [Place.FOREIGN]
            if kind in OF_ACCOUNTS | OF_MEMBERS:
                places.append(Place.UNGRANTED)
            for place in places:
                answer = await self._ask({**own, where: place})
                if place is Place.UNGRANTED and where in self.case.fixed:
                    self._demand(answer, not _passed(answer), "cannot be changed")
                    self._seek_leaks(answer)
                    continue
                await self._judge_other(answer, where=where, kind=kind, place=place, own=own)

    def _allowed(self) -> bool:
        actor, route = self.actor, self.route
        if route.permission is None:
            return True
        assert actor is not None
        if self._missing() is not None:
            return False
        if self.case.whole_tenant and route.permission not in READS | OF_ONESELF:
            return actor.access.accounts is None
        if self._of_account and actor.name == "reader":
            return route.permission in READS | OF_ONESELF
        return True

    @property
    def _of_account(self) -> bool:
        named = (kind for where, kind in self.case.ids.items() if where not in self.case.filters)
        return any(kind in OF_ACCOUNTS for kind in named)

    def _missing(self) -> Permission | None:
        assert self.actor is not None
        for needed in (self.route.permission, self.case.permission):
            if needed is not None and needed not in self.actor.access.permissions:
                return needed
        return None

    def _judge_own(self, answer: httpx.Response) -> None:
        if self.actor is None:
            kind = _type(answer)
            if self.route.permission is None:
                self._demand(answer, kind != "/problems/unauthorized", "is open")
            else:
                self._demand(answer, answer.status_code == 401, "needs a token")
            return
        if self._needs_person():
            self._demand(answer, _type(answer) == NEEDS_PERSON, "needs a person")
        elif not self._reaches_own():
            self._demand(answer, _type(answer) == "/problems/not-found", "is absent")
        elif self._allowed():
            empty = self.actor.access.accounts == frozenset()
            if empty and answer.status_code == self.case.without_accounts:
                return
            lacks = self.case.may_lack and _type(answer) == "/problems/not-found"
            self._demand(answer, lacks or _passed(answer), "is allowed")
        else:
            self._demand_forbidden(answer)
        self._seek_leaks(answer)

    def _needs_person(self) -> bool:
        assert self.actor is not None
        return self.route.step_up and self.actor.access.by_token and self._missing() is None

    def _reaches_own(self) -> bool:
        """Tell whether they see the account that the case is about, if it is about one."""
        assert self.actor is not None
        if self._missing() is not None or self.route.permission is None:
            return True
        access, world = self.actor.access, self.world
        if "machine" in self.case.ids.values():
            itself = self.actor.name == "agent"
            return itself or access.may(Permission.IDENTITY_MANAGE) or access.by_token
        logged_in = {"session", "device", "notice"} & set(self.case.ids.values())
        if logged_in and self.actor.member.kind is MemberKind.MACHINE:
            # It never logs in.
            return False
        by_person = self.route.name == "POST /api/v1/tokens" and access.by_token
        return not self._of_account or by_person or access.sees(world.accounts[Place.OWN])

    async def _judge_other(
        self,
        answer: httpx.Response,
        *,
        where: str,
        kind: str,
        place: Place,
        own: Mapping[str, Place],
    ) -> None:
        assert self.actor is not None
        access = self.actor.access
        self._seek_leaks(answer)
        if self._missing() is not None:
            self._demand_forbidden(answer)
            return
        if self._needs_person():
            self._demand(answer, _type(answer) == NEEDS_PERSON, "needs a person")
            return
        if place is Place.UNGRANTED and self._may_have_ungranted(kind):
            lacks = self.case.may_lack and _type(answer) == "/problems/not-found"
            passed = lacks or _passed(answer)
            self._demand(answer, passed, f"is allowed with {where} of {place.name}")
            return
        if _type(answer) in REFUSED_LATER and access.by_token:
            return
        if self.case.whole_tenant and not self._allowed():
            self._demand_forbidden(answer)
            return
        absent = await self._ask({**own, where: Place.NOWHERE})
        same = _without_ids(answer) == _without_ids(absent)
        self._demand(answer, same, f"tells {where} of {place.name} from one that is not there")
        if where not in self.case.filters and (self._allowed() or _type(answer) != FORBIDDEN):
            expected = self.case.absent
            self.swept.absent += 1
            self._demand(answer, answer.status_code == expected, f"says {expected} of {where}")

    def _may_have_ungranted(self, kind: str) -> bool:
        assert self.actor is not None
        access = self.actor.access
        if kind == "token":
            return access.may(Permission.IDENTITY_MANAGE)
        if kind in OF_MEMBERS:
            return False
        # The list of what is allowed to all accounts, or to a filter that finds nothing.
        return access.accounts is None

    async def _ask(self, places: Mapping[str, Place]) -> httpx.Response:
        world, case = self.world, self.case
        as_whom = self.actor or world.actors["owner"]
        path, query, body = self.route.path, dict(case.query), copy.deepcopy(case.body)
        if case.unique:
            body = {**(body or {}), case.unique: f"unique-{world.number()}"}
        for name, value in case.plain.items():
            path = path.replace(f"{{{name}}}", value)
        for where, kind in case.ids.items():
            made = kind if kind != "machine" else "member"
            text = await world.thing(made, places[where], actor=as_whom, anew=case.consumes)
            if where == "/member_id" and places[where] is Place.OWN:
                text = str(world.actors["agent"].member.id)
            if where.startswith("?"):
                query[where[1:]] = text
            elif where.startswith("/"):
                body = _with(body or {}, where.split("/")[1:], text)
            else:
                path = path.replace(f"{{{where}}}", text)
        headers = {}
        if self.actor is not None:
            token = await world.passing(self.actor) if case.ends_token else self.actor.token
            headers["Authorization"] = f"Bearer {token}"
        self.swept.tried += 1
        answer = await self.client.request(
            self.route.method, path, params=query, json=body, headers=headers
        )
        said = self.document["paths"].get(self.route.path, {}).get(self.route.method.lower())
        if said is not None:
            status = str(answer.status_code)
            self._demand(answer, status in said["responses"], f"never says {status}")
        return answer

    def _seek_leaks(self, answer: httpx.Response) -> None:
        """Nothing of what they must not see is in the answer, but what they named themselves."""
        assert self.actor is not None
        asked = f"{answer.request.url}{answer.request.content.decode(errors='replace')}"
        hidden = set(self.world.foreign_ids)
        if self.actor.access.accounts is not None:
            hidden |= self.world.ungranted_ids
        shown = set(_UUIDS.findall(answer.text)) - set(_UUIDS.findall(asked))
        for one in sorted(shown & hidden):
            self.swept.wrongs.append(f"{self._place()} shows {one}")

    def _demand_forbidden(self, answer: httpx.Response) -> None:
        self.swept.refused += 1
        named = answer.json().get("permission") if _type(answer) == FORBIDDEN else None
        needed = self._missing() or self.route.permission
        self._demand(answer, named == needed, f"is forbidden for want of {needed}")

    def _demand(self, answer: httpx.Response, holds: bool, what: str) -> None:
        if not holds:
            said = f"{answer.status_code} {answer.text[:200]}"
            self.swept.wrongs.append(f"{self._place()} should be one that {what}, said {said}")

    def _place(self) -> str:
        whom = self.actor.name if self.actor else "nobody"
        return f"{self.route.name} {json.dumps(dict(self.case.ids))} as {whom}"


def _type(answer: httpx.Response) -> str:
    if answer.headers.get("content-type") != "application/problem+json":
        return ""
    kind: str = answer.json()["type"]
    return kind


def _passed(answer: httpx.Response) -> bool:
    """Tell whether it got as far as the work: done, or refused for what the state is."""
    if answer.status_code in (409, 428, 429) or _type(answer) in REFUSED_LATER:
        return True
    if _type(answer) in _REFUSED_INSIDE:
        return True
    # A group of consumers that is not there has passed the guard, and so has a link that is dead.
    url = str(answer.request.url)
    gone = answer.status_code == 404 and ("consumers" in url or "/succession/answer/" in url)
    return answer.status_code < 400 or gone


def _without_ids(answer: httpx.Response) -> tuple[int, str]:
    text = _UUIDS.sub("#", answer.text)
    return answer.status_code, re.sub(r'"(trace_id|as_of|at)":"[^"]*"', "", text)


def _with(body: Mapping[str, Any], path: list[str], value: str) -> dict[str, Any]:
    name, rest = path[0], path[1:]
    if not rest:
        return {**body, name: value}
    if rest == ["0"]:
        return {**body, name: [value]}
    if rest[0] == "0":
        first, *others = body.get(name, [{}])
        return {**body, name: [_with(first, rest[1:], value), *others]}
    return {**body, name: _with(body.get(name, {}), rest, value)}
