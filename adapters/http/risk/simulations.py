"""Route simulations: what other rules would have said to recorded orders."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from adapters.http import examples
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.permissions import reach
from adapters.http.reading import decoder_of
from adapters.http.risk.schemas import RuleBody
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    granted_to,
    principal_of,
)
from application.accounts.facade import AccountUseCases
from application.risk.simulate_rules import RULES_MAX, SimulateCommand, SimulateRules
from application.shared.change import Once
from domain.identity.access import Permission
from domain.risk.simulation import Simulation, SimulationMode, SimulationState
from domain.shared.values import inside


class SimulateBody(
    msgspec.Struct,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"since": "from", "until": "to"},
):
    """Orders taken in from `from` on and before `to`, and the rules to decide them by again.

    independent: each in the book as it was. sequential: an order that comes out otherwise leaves
    another book behind; what that decides over is undecidable.
    """

    since: datetime
    until: datetime
    rules: Annotated[list[RuleBody], Meta(max_length=RULES_MAX)]
    account_id: UUID | None = None
    mode: SimulationMode = SimulationMode.INDEPENDENT


class UndecidableView(msgspec.Struct):
    """How many orders could not be decided, and how many for want of each input."""

    orders: int
    missing: dict[str, int]


class ExampleView(msgspec.Struct):
    """An order that would have come out otherwise than it did."""

    order_id: str
    account_id: str
    recorded: str
    would: str
    reasons: list[str]


class ResultView(msgspec.Struct):
    """What came of it; by_rule counts the denials under each rule's name."""

    orders: int
    would_deny: int
    would_pass: int
    by_rule: dict[str, int]
    undecidable: UndecidableView
    examples: list[ExampleView]


class BegunView(msgspec.Struct):
    """Under which id to ask for it."""

    id: str


class SimulationView(msgspec.Struct, kw_only=True):
    """How a simulation stands: done of total orders; the result once it is done."""

    id: str
    state: SimulationState
    done: int
    total: int
    mode: SimulationMode
    problem: str
    result: ResultView | None


_SIMULATE = decoder_of(SimulateBody)
_RESULT: msgspec.json.Decoder[Any] = msgspec.json.Decoder(ResultView)


def simulation_routes(
    simulations: SimulateRules, *, accounts: AccountUseCases
) -> list[HTTPRouteHandler]:
    """Return /simulate and /simulations."""
    return [_beginning(simulations, accounts=accounts), *_standing(simulations)]


def _beginning(simulations: SimulateRules, *, accounts: AccountUseCases) -> HTTPRouteHandler:
    @post(
        "/simulate",
        **described(
            "Decide recorded orders again under other rules, in the background",
            permission=Permission.RISK_READ,
            body=SimulateBody,
            answers={202: BegunView},
            problems=(404, 409),
            example={
                "from": "2026-01-02T00:00:00Z",
                "to": "2026-01-03T00:00:00Z",
                "rules": [examples.RULE],
            },
            idempotent=True,
        ),
    )
    async def simulate(request: HttpRequest) -> Answer:
        body = await body_of(request)
        said = decode(body, decoder=_SIMULATE)
        tenant_id = principal_of(request).tenant_id
        rules = []
        for number, one in enumerate(said.rules):
            with inside(f"rules[{number}]"):
                rules.append(one.fields())
        for account_id in {said.account_id, *(one.scope.account_id for one in rules)} - {None}:
            reach(request.scope["state"], account_id=account_id)
            await accounts.check(tenant_id=tenant_id, account_id=account_id)
        command = SimulateCommand(
            since=said.since,
            until=said.until,
            rules=rules,
            account_id=said.account_id,
            mode=said.mode,
            among=granted_to(request),
        )
        once: Once[Simulation] | None = once_of(request, body, render=_kept)
        begun = await simulations.begin(command, by=asker_of(request), once=once)
        return first_or_again(begun, lambda one: answer(_begun(one), status=202))

    return simulate


def _standing(simulations: SimulateRules) -> list[HTTPRouteHandler]:
    @get(
        "/simulations/{simulation_id:uuid}",
        **described(
            "Show how a simulation stands, and what came of it",
            permission=Permission.RISK_READ,
            answers={200: SimulationView},
            problems=(404,),
        ),
    )
    async def show_simulation(request: HttpRequest, simulation_id: PathId) -> Answer:
        found = await simulations.get(
            simulation_id, by=asker_of(request), among=granted_to(request)
        )
        return answer(_view(found))

    @delete(
        "/simulations/{simulation_id:uuid}",
        **described(
            "Cancel a simulation, or forget one that is over",
            permission=Permission.RISK_READ,
            answers={204: None},
            problems=(404,),
        ),
    )
    async def cancel_simulation(request: HttpRequest, simulation_id: PathId) -> None:
        await simulations.cancel(simulation_id, by=asker_of(request), among=granted_to(request))

    return [show_simulation, cancel_simulation]


def _begun(one: Simulation) -> BegunView:
    return BegunView(id=str(one.id))


def _kept(one: Simulation) -> tuple[int, bytes]:
    return 202, encode(_begun(one))


def _view(one: Simulation) -> SimulationView:
    return SimulationView(
        id=str(one.id),
        state=one.state,
        done=one.done,
        total=one.total,
        mode=one.mode,
        problem=one.problem,
        result=_RESULT.decode(one.result) if one.result else None,
    )
