"""Two tenants, everyone who can be somebody in one of them, and things that lie about."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from application.accounts.open_account import Deposit, OpenAccount
from application.identity.access_commands import By, CreateToken, TokenCreated
from application.identity.deps import Asking
from application.identity.factor_results import Enrolled
from application.identity.invitations import Invited
from application.identity.login_try import LoginTry
from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from application.risk.commands import RuleFields, RuleStored
from application.risk.simulate_rules import SIMULATIONS
from application.secrets.commands import CreateApiKey, KeyFields, KeyStored
from application.shared.asker import Asker
from application.workspaces.commands import SaveCommand, WorkspaceAsker
from bootstrap.all_areas import AREAS
from bootstrap.areas import notifications
from bootstrap.storage import Storage, build_memory
from bootstrap.system import System
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.agents.agent import Agent, Heartbeat, ReportedState
from domain.audit.entry import AuditEntry
from domain.identity.access import (
    EVERYTHING,
    FOR_PERSONS,
    Access,
    GrantLevel,
    Permission,
    Role,
)
from domain.identity.member import Member, MemberKind
from domain.identity.session import Session
from domain.identity.tenant import Principal, PrincipalKind, Tenant, User
from domain.kill_switch.latch import Scope
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.rule import Action, RuleScope, RuleType
from domain.risk.simulation import Simulation, SimulationMode, SimulationState
from domain.secrets.api_key import Credentials, Environment
from domain.workspaces.layout import Layout
from domain.workspaces.workspace_set import Owner, Saved
from ports.accounts import BookCommit
from tests import builders
from tests.contracts.identity.passkeys import passkey
from tests.deleverage_plans import add_plan
from tests.notification_things import KINDS, add_thing
from tests.pending_changes import add_pending_change
from tests.tenants import add_tenant, add_user
from tests.unit.adapters.http.context import TRADER, Context, open_context

NOBODY = UUID(int=0x01900000_0000_7000_8000_00000000DEAD)
_NAMES = UUID("6f1a7c6e-52c1-5a5b-9d0e-0c2a7a3f6b12")
CASH = 1_000_000


class Place(Enum):
    """Where a thing lies, as the first tenant's members see it."""

    OWN = auto()  # of an account that everyone here was granted
    UNGRANTED = auto()  # of an account that nobody was granted
    FOREIGN = auto()  # of the other tenant
    NOWHERE = auto()  # it does not exist


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who asks: a member, or a member's personal access token."""

    name: str
    member: Member
    token: str
    access: Access
    # That a script's token names.
    accounts: frozenset[UUID] | None = None

    @property
    def principal(self) -> Principal:
        """Who they are to the use cases."""
        return Principal(
            user_id=self.member.id,
            tenant_id=self.member.tenant_id,
            token_id=self.name,
            expires_at=builders.AT + timedelta(days=36_500),
            access=self.access,
        )


@dataclass(slots=True, kw_only=True)
class World:
    """A desk with more in it. Things are made anew each time that they are asked for."""

    context: Context
    actors: dict[str, Actor] = field(default_factory=dict)
    strangers: UUID = field(default_factory=builders.new_id)
    stranger: Member | None = None
    accounts: dict[Place, UUID] = field(default_factory=dict)
    portfolios: dict[Place, UUID] = field(default_factory=dict)
    spare: UUID = NOBODY
    # What must never be shown to whom: ids of the other tenant, and of ungranted accounts.
    foreign_ids: set[str] = field(default_factory=set)
    ungranted_ids: set[str] = field(default_factory=set)
    _made: int = 0
    _things: dict[tuple[str, Place, str], str] = field(default_factory=dict)

    @property
    def home(self) -> UUID:
        """The first tenant's id."""
        return self.context.founded.tenant.id

    def tenant_of(self, place: Place) -> UUID:
        """Return whose a thing of a place is."""
        return self.strangers if place is Place.FOREIGN else self.home

    def number(self) -> int:
        """Return a number that was not given before."""
        self._made += 1
        return self._made

    async def thing(self, kind: str, place: Place, *, actor: Actor, anew: bool = False) -> str:
        """Return the id of a thing of a kind that lies in a place; anew: of one made for this."""
        key = (kind, place, actor.name if kind in OF_MEMBERS else "")
        if anew or place is Place.NOWHERE:
            return await self._thing(kind, place, actor=actor)
        if key not in self._things:
            self._things[key] = await self._thing(kind, place, actor=actor)
        return self._things[key]

    async def _thing(self, kind: str, place: Place, *, actor: Actor) -> str:
        if place is Place.NOWHERE:
            unused = uuid5(_NAMES, str(self.number()))
            return f"agent-{self.number()}" if kind == "agent" else str(unused)
        if kind in _MAKERS:
            made: object = await _MAKERS[kind](self, place, actor)
        else:
            made = await self._declared(kind, place)
        text = str(made)
        if place is Place.FOREIGN:
            self.foreign_ids.add(text)
        if place is Place.UNGRANTED and kind in OF_ACCOUNTS:
            self.ungranted_ids.add(text)
        return text

    async def _declared(self, kind: str, place: Place) -> str:
        """Make a thing of an area as the owner of the tenant does."""
        thing, owner = THINGS[kind], self.actors["owner"].token
        if place is Place.FOREIGN:
            assert self.stranger is not None
            stranger = self.stranger
            owner, _ = self.context.tokens.issue(user_id=stranger.id, tenant_id=stranger.tenant_id)
        unique = {thing.unique: f"{kind}-{self.number()}"} if thing.unique else {}
        account = {thing.of_account: str(self.accounts[place])} if thing.of_account else {}
        async with self.context.client(owner) as client:
            method, path = thing.made_by.split()
            made = await client.request(method, path, json={**thing.body, **unique, **account})
        assert made.is_success, made.text
        return str(made.json()["id"])

    async def _tenant(self, place: Place, _: Actor) -> UUID:
        return self.tenant_of(place)

    async def _account(self, place: Place, _: Actor) -> UUID:
        return self.accounts[place]

    async def _portfolio(self, place: Place, _: Actor) -> UUID:
        return self.portfolios[place]

    async def _order(self, place: Place, _: Actor) -> UUID:
        asker = Asker(tenant_id=self.tenant_of(place), actor="user:matrix")
        price = builders.decimals("60")[0]
        terms = OrderTerms(
            symbol="AAPL",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=builders.decimals(1)[0],
            limit_price=price,
        )
        command = SubmitOrder(
            asker=asker, account_id=self.accounts[place], orders=(OrderRequest(terms=terms),)
        )
        outcome = await self.context.facades.orders.submit(command, idempotency=None)
        assert isinstance(outcome, Accepted | DeniedOrders)
        return outcome.orders[0].id

    async def _rule(self, place: Place, _: Actor) -> UUID:
        stored = await self.context.facades.risk.create(
            RuleFields(
                name=f"rule {self.number()}",
                rule_type=RuleType.MAX_ORDER_VALUE,
                threshold=builders.decimals(10**9)[0],
                action=Action.WARN,
                scope=RuleScope(account_id=self.accounts[place]),
                parameters=MappingProxyType({}),
                is_active=False,
            ),
            asker=Asker(tenant_id=self.tenant_of(place), actor="user:matrix"),
        )
        assert isinstance(stored, RuleStored)
        return stored.rule.id

    async def _pending_change(self, place: Place, _: Actor) -> UUID:
        """A loosening of a rule that is gone by now."""
        account_id = self.accounts[place]
        return await add_pending_change(
            self.context.storage.works, tenant_id=self.tenant_of(place), account_id=account_id
        )

    async def _deleverage_plan(self, place: Place, _: Actor) -> UUID:
        """A plan that waits for approval, unless another one of the account is carried out."""
        works, tenant_id = self.context.storage.works, self.tenant_of(place)
        return await add_plan(works, tenant_id=tenant_id, account_id=self.accounts[place])

    async def _latch(self, place: Place, _: Actor) -> UUID:
        """A stop of an account, released: what is tried beside it must not run into it."""
        scope = Scope(tenant_id=self.tenant_of(place), account_id=self.accounts[place])
        latch = builders.latch(scope=scope, released_at=builders.AT, released_by="user:matrix")
        await self.context.facades.kill_switch.latches.engage(
            latch=latch,
            audit=builders.audit(tenant_id=scope.tenant_id),
            notice=builders.notice(tenant_id=scope.tenant_id, sequence=0),
        )
        return latch.id

    async def _simulation(self, place: Place, _: Actor) -> UUID:
        """A simulation that is over: only so many may wait at once."""
        at = self.context.clock.now()
        simulation = Simulation(
            id=builders.new_id(),
            tenant_id=self.tenant_of(place),
            asked_by="user:matrix",
            since=at - timedelta(days=1),
            until=at,
            account_id=self.accounts[place],
            among=None,
            mode=SimulationMode.INDEPENDENT,
            rules="[]",
            created_at=at,
            total=0,
            state=SimulationState.CANCELLED,
        )
        async with self.context.storage.works.begin(simulation.tenant_id) as work:
            await work.records(SIMULATIONS).add(simulation)
        return simulation.id

    async def _agent(self, place: Place, _: Actor) -> str:
        now = self.context.clock.now()
        heard = await self.context.facades.agents.hear(
            Heartbeat(
                tenant_id=self.tenant_of(place),
                agent_id=f"agent-of-{place.name.lower()}",
                account_id=self.accounts[place],
                kind="strategy",
                at=now,
                sequence=self.number(),
                state=ReportedState.RUNNING,
                version="1",
            )
        )
        assert isinstance(heard, Agent)
        return heard.name

    async def _member(self, place: Place, _: Actor) -> UUID:
        if place is Place.FOREIGN:
            assert self.stranger is not None
            return self.stranger.id
        return self.spare

    async def _trustee(self, place: Place, _: Actor) -> UUID:
        tenant_id = self.tenant_of(place)
        user = User(
            id=builders.new_id(),
            tenant_id=tenant_id,
            email=f"trustee{self.number()}@example.com",
            password_hash="nobody logs in",
            created_at=builders.AT,
        )
        await add_user(self.context.storage.members, user, role=Role.TRUSTEE)
        return user.id

    async def _token(self, place: Place, actor: Actor) -> UUID:
        """A token of whoever asks, of another member, or of the other tenant."""
        whose = self._whose(place, actor)
        return (await self._new_token(whose, scopes=frozenset({Permission.STATUS_READ}))).token.id

    async def _workspace(self, place: Place, actor: Actor) -> UUID:
        """A workspace of whoever asks, of another member, or of the other tenant."""
        whose = self._whose(place, actor)
        saved = await self.context.facades.workspaces.save(
            SaveCommand(name=f"desk {self.number()}", layout=Layout.read(b"{}")),
            asker=WorkspaceAsker(
                owner=Owner(tenant_id=whose.tenant_id, user_id=whose.user_id), actor=whose.actor
            ),
        )
        assert isinstance(saved, Saved)
        return saved.workspace.id

    async def _key(self, place: Place, actor: Actor) -> UUID:
        """An API key of the tenant, or of the other one."""
        stored = await self.context.facades.secrets.create(
            CreateApiKey(
                fields=KeyFields(name=f"key {self.number()}"),
                broker="paper",
                environment=Environment.PAPER,
                credentials=Credentials(**TRADER),
            ),
            asker=Asker(tenant_id=self.tenant_of(place), actor=actor.principal.actor),
        )
        assert isinstance(stored, KeyStored)
        return stored.key.id

    async def _session(self, place: Place, actor: Actor) -> UUID:
        """A session of whoever asks, of another member, or of the other tenant."""
        opened = await self._log_in(place, actor)
        return opened.id if opened is not None else builders.new_id()

    async def _device(self, place: Place, actor: Actor) -> UUID:
        """A device of whoever asks, of another member, or of the other tenant."""
        opened = await self._log_in(place, actor)
        if opened is None:
            return builders.new_id()
        assert opened.device_id is not None
        return opened.device_id

    async def _entry(self, place: Place, _: Actor) -> UUID:
        """An entry of the tenant's audit trail, or of the other one's."""
        entry = builders.audit(tenant_id=self.tenant_of(place))
        await self.context.storage.trail.add(entry)
        return entry.id

    async def _notice(self, place: Place, actor: Actor) -> UUID:
        """What a log-in on a new device told."""
        opened = await self._log_in(place, actor)
        if opened is None:
            return builders.new_id()
        async with self.context.storage.identity.begin() as scope:
            return (await scope.notices.of(opened.user_id, limit=1))[0].id

    async def _of_notifications(self, kind: str, place: Place, actor: Actor) -> UUID:
        """What somebody is told, and how they want it."""
        whose = self._whose(place, actor)
        if await self.context.storage.users.find(user_id=whose.user_id) is None:
            # A machine's: nobody tells it anything.
            return builders.new_id()
        notify = self.context.parts.of(notifications.build).use_cases.inbox.context
        return await add_thing(notify, kind, tenant_id=whose.tenant_id, user_id=whose.user_id)

    async def _log_in(self, place: Place, actor: Actor) -> Session | None:
        user = await self.context.storage.users.find(user_id=self._whose(place, actor).user_id)
        if user is None:
            # A machine's: it never logs in.
            return None
        opened = await self.context.facades.identity.logging_in.open(
            user, LoginTry(email=user.email, password="", lasting=True)
        )
        assert opened is not None
        return opened.session

    async def _factor(self, place: Place, actor: Actor) -> UUID:
        """An app of whoever asks, of another member, or of the other tenant."""
        whose = self._whose(place, actor)
        if await self.context.storage.users.find(user_id=whose.user_id) is None:
            # A machine's: it has none.
            return builders.new_id()
        person = Asking(principal=replace(whose, kind=PrincipalKind.PERSON))
        enrolled = await self.context.facades.identity.factors.enrol(person, label="passing")
        assert isinstance(enrolled, Enrolled)
        return enrolled.factor.id

    async def _passkey(self, place: Place, actor: Actor) -> UUID:
        """A passkey of whoever asks, of another member, or of the other tenant."""
        user = await self.context.storage.users.find(user_id=self._whose(place, actor).user_id)
        if user is None:
            # A machine's: it has none.
            return builders.new_id()
        made = passkey(user)
        async with self.context.storage.identity.begin() as scope:
            assert await scope.passkeys.add(made)
        return made.id

    async def _invitation(self, place: Place, _: Actor) -> UUID:
        """An invitation of the tenant, or of the other one."""
        made = await self.context.facades.identity.invitations.invite(
            Asking(principal=self._whose(place, self.actors["owner"])),
            email=f"guest-{self.number()}@example.com",
            role="viewer",
        )
        assert isinstance(made, Invited)
        return made.invitation.id

    async def passing(self, actor: Actor) -> str:
        """Return a token like the one that somebody has, to be ended."""
        if not actor.access.by_token:
            return self.context.tokens.issue(
                user_id=actor.member.id, tenant_id=actor.member.tenant_id
            )[0]
        scopes = actor.access.permissions
        return await self._script(actor.member, scopes=scopes, accounts=actor.accounts)

    async def _script(
        self, member: Member, *, scopes: frozenset[Permission], accounts: frozenset[UUID] | None
    ) -> str:
        """Make a personal access token of the owner's, or of a machine."""
        created = await self.context.facades.access.create_token(
            CreateToken(
                by=By(principal=self.actors["owner"].principal),
                name="kept",
                scopes=scopes,
                accounts=accounts,
                lasts=timedelta(days=1),
                member_id=member.id,
            )
        )
        assert isinstance(created, TokenCreated)
        return created.secret

    def _whose(self, place: Place, actor: Actor) -> Principal:
        """Whoever asks, another member, or one of the other tenant."""
        if place is Place.OWN:
            return actor.principal
        if place is Place.UNGRANTED:
            return self.actors["trader" if actor.name != "trader" else "viewer"].principal
        assert self.stranger is not None
        return Principal(
            user_id=self.stranger.id,
            tenant_id=self.strangers,
            token_id="theirs",
            expires_at=self.actors["owner"].principal.expires_at,
            access=self.stranger.access,
        )

    async def _new_token(
        self,
        whose: Principal,
        *,
        scopes: frozenset[Permission],
        accounts: frozenset[UUID] | None = None,
    ) -> TokenCreated:
        access = self.context.facades.access
        for old in await access.tokens.list(tenant_id=whose.tenant_id, member_id=whose.user_id):
            if old.name == "passing":
                await access.revoke_token(by=By(principal=whose), token_id=old.id)
        person = whose
        if whose.access.by_token:
            # A token makes no other: its member does.
            member = await access.members.of(member_id=whose.user_id)
            assert member is not None
            person = Principal(
                user_id=whose.user_id,
                tenant_id=whose.tenant_id,
                token_id="person",
                expires_at=whose.expires_at,
                access=member.access,
            )
        created = await access.create_token(
            CreateToken(
                by=By(principal=person),
                name="passing" if accounts is None else "kept",
                scopes=scopes,
                accounts=accounts,
                lasts=timedelta(days=1),
            )
        )
        assert isinstance(created, TokenCreated)
        return created


def _notifications_maker(kind: str, world: World, place: Place, actor: Actor) -> Any:
    return world._of_notifications(kind, place, actor)


THINGS = {name: thing for area in AREAS for name, thing in area.things.items()}
OF_ACCOUNTS = frozenset(
    {"account", "order", "rule", "agent", "pending_change", "deleverage_plan", "latch"}
)
# What belongs to one member, whatever the others may do.
OF_MEMBERS = (
    frozenset({"token", "workspace", "session", "device", "notice", "factor", "passkey"}) | KINDS
)
_MAKERS: dict[str, Callable[[World, Place, Actor], Any]] = {
    "tenant": World._tenant,
    "account": World._account,
    "portfolio": World._portfolio,
    "order": World._order,
    "rule": World._rule,
    "pending_change": World._pending_change,
    "deleverage_plan": World._deleverage_plan,
    "latch": World._latch,
    "simulation": World._simulation,
    "agent": World._agent,
    "member": World._member,
    "trustee": World._trustee,
    "token": World._token,
    "workspace": World._workspace,
    "session": World._session,
    "device": World._device,
    "notice": World._notice,
    "entry": World._entry,
    "factor": World._factor,
    "passkey": World._passkey,
    "invitation": World._invitation,
    "key": World._key,
    **{kind: partial(_notifications_maker, kind) for kind in KINDS},
}


@asynccontextmanager
async def open_world(storage_of: Callable[[System], Storage] | None = None) -> AsyncIterator[World]:
    """Open a context and furnish it."""
    async with open_context(storage_of=storage_of or build_memory) as context:
        world = World(context=context)
        await _open_accounts(world)
        await _seat(world)
        await _scatter(world)
        keys = [(world.tenant_of(place), "passing") for place in world.accounts]
        await context.facades.identity.users.note_keys(keys)
        yield world


async def _scatter(world: World) -> None:
    """Let something of every kind lie everywhere, so that every list has what to hide."""
    for place in world.accounts:
        await _trade(world, place)
        for kind in OF_ACCOUNTS:
            await world.thing(kind, place, actor=world.actors["owner"])
    for actor in world.actors.values():
        await world.thing("workspace", Place.OWN, actor=actor)
    await world.thing("workspace", Place.FOREIGN, actor=world.actors["owner"])


async def _trade(world: World, place: Place) -> None:
    """Fill an order of the place's account."""
    books = world.context.storage.books
    book = await books.load(tenant_id=world.tenant_of(place), account_id=world.accounts[place])
    assert book is not None
    order = builders.order(book.account)
    hidden = {str(order.id), order.client_order_id}
    steps: list[Callable[[AccountBook], BookChange]] = [
        lambda on: builders.accept(order, on=on),
        lambda on: builders.advance(on.orders[order.id], OrderState.SUBMITTED, on=on),
        lambda on: builders.book_fill(
            on.orders[order.id], builders.execution(on.orders[order.id], quantity=1), on=on
        ),
    ]
    for step in steps:
        change = step(book)
        assert isinstance(await books.commit(change), BookCommit)
        book = change.book
        hidden |= {str(fill.id) for fill in change.fills}
    if place is Place.FOREIGN:
        world.foreign_ids |= hidden
    if place is Place.UNGRANTED:
        world.ungranted_ids |= hidden


async def _open_accounts(world: World) -> None:
    context = world.context
    theirs = Tenant(id=world.strangers, name="Theirs", created_at=builders.AT)
    await add_tenant(context.storage.members, theirs)
    world.stranger = await add_user(
        context.storage.members,
        User(
            id=builders.new_id(),
            tenant_id=theirs.id,
            email="theirs@example.com",
            password_hash="x",
            created_at=builders.AT,
        ),
        role=Role.OWNER,
    )
    own = context.founded.account
    world.accounts[Place.OWN], world.portfolios[Place.OWN] = own.id, own.portfolio_id
    for place in (Place.UNGRANTED, Place.FOREIGN):
        tenant_id = world.tenant_of(place)
        portfolio = await context.facades.accounts.add_portfolio(
            tenant_id=tenant_id, name=f"Of {place.name}", actor="x"
        )
        account = await context.facades.accounts.open(
            OpenAccount(tenant_id=tenant_id, actor="x", portfolio_id=portfolio.id, name=place.name)
        )
        world.accounts[place], world.portfolios[place] = account.id, portfolio.id
    for place, account_id in world.accounts.items():
        await context.facades.accounts.deposit(
            Deposit(
                tenant_id=world.tenant_of(place),
                actor="x",
                account_id=account_id,
                amount=builders.decimals(CASH)[0],
                reference="matrix",
            )
        )
    world.foreign_ids |= {
        str(world.strangers),
        str(world.stranger.id),
        str(world.accounts[Place.FOREIGN]),
        str(world.portfolios[Place.FOREIGN]),
    }
    world.ungranted_ids |= {
        str(world.accounts[Place.UNGRANTED]),
        str(world.portfolios[Place.UNGRANTED]),
    }


async def _seat(world: World) -> None:
    """Let a member of every role be there, one who only reads, and one who has no account."""
    context = world.context
    owner = await context.storage.members.of(member_id=context.founded.owner.id)
    assert owner is not None
    _enter(world, "owner", owner)
    for role in Role:
        if role is not Role.OWNER:
            await _join(world, role.value, role=role, level=GrantLevel.ROLE)
    await _join(world, "reader", role=Role.TRADER, level=GrantLevel.READ)
    await _join(world, "newcomer", role=Role.TRADER, level=None)
    world.spare = (await _join(world, "spare", role=Role.VIEWER, level=None)).member.id
    del world.actors["spare"]
    # Scripts of the owner's on one account: one that may do all that a script may, and one
    # that may do next to nothing.
    for name, scopes in (
        ("script", EVERYTHING - FOR_PERSONS),
        ("probe", frozenset({Permission.STATUS_READ})),
    ):
        accounts = frozenset({world.accounts[Place.OWN]})
        await _script_of(world, name, member=owner, scopes=scopes, accounts=accounts)


async def _join(world: World, name: str, *, role: Role, level: GrantLevel | None) -> Actor:
    members = world.context.storage.members
    if role is Role.AGENT:
        member = Member(
            id=builders.new_id(),
            tenant_id=world.home,
            kind=MemberKind.MACHINE,
            role=role,
            name=name,
            created_at=builders.AT,
        )
        assert await members.add(member=member, members_max=99, audit=_entry(world, member)) is None
    else:
        user = User(
            id=builders.new_id(),
            tenant_id=world.home,
            email=f"{name}@example.com",
            password_hash=await world.context.facades.identity.passwords.hasher.hash("right"),
            created_at=builders.AT,
        )
        member = await add_user(members, user, role=role)
    if level is not None and role is not Role.AUDITOR:
        granted = await members.grant(
            tenant_id=world.home,
            member_id=member.id,
            account_id=world.accounts[Place.OWN],
            level=level,
            audit=_entry(world, member),
        )
        assert isinstance(granted, Member)
        member = granted
    if role is Role.AGENT:
        # It has no password: it comes in with personal access tokens only.
        scopes = member.access.permissions - FOR_PERSONS
        return await _script_of(world, name, member=member, scopes=scopes, accounts=None)
    return _enter(world, name, member)


async def _script_of(
    world: World,
    name: str,
    *,
    member: Member,
    scopes: frozenset[Permission],
    accounts: frozenset[UUID] | None,
) -> Actor:
    secret = await world._script(member, scopes=scopes, accounts=accounts)
    principal = await world.context.facades.identity.authenticate(secret)
    actor = Actor(
        name=name, member=member, token=secret, access=principal.access, accounts=accounts
    )
    world.actors[name] = actor
    return actor


def _enter(world: World, name: str, member: Member) -> Actor:
    token, _ = world.context.tokens.issue(user_id=member.id, tenant_id=member.tenant_id)
    actor = Actor(name=name, member=member, token=token, access=member.access)
    world.actors[name] = actor
    return actor


def _entry(world: World, member: Member) -> AuditEntry:
    return builders.audit(tenant_id=world.home, subject=str(member.id))
