"""Route what is asked of accounts."""

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.accounts.schemas import (
    AccountList,
    AccountView,
    DepositBody,
    HoldingList,
    LedgerPage,
    OpenAccountBody,
    PortfolioBody,
    PortfolioList,
    PortfolioView,
    SummaryView,
    account_view,
    holding_view,
    portfolio_view,
    summary_view,
    transaction_view,
)
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.permissions import reach
from adapters.http.problem_kinds import REFERENCE_USED
from adapters.http.problems import conflict
from adapters.http.reading import decoder_of
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
from application.accounts.open_account import ReferenceUsed
from domain.identity.access import Permission
from ports.idempotency import IdempotencyKeys

_OPEN = decoder_of(OpenAccountBody)
_DEPOSIT = decoder_of(DepositBody)
_PORTFOLIO = msgspec.json.Decoder(PortfolioBody)


def account_routes(facade: AccountUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/accounts and /portfolios."""
    return AreaRoutes(
        path="/api/v1",
        tags=["accounts"],
        route_handlers=[
            *_accounts(facade, keys=keys),
            *_books(facade, keys=keys),
            *_portfolios(facade, keys=keys),
        ],
    )


def _accounts(facade: AccountUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/accounts",
        **described(
            "List accounts, oldest first",
            permission=Permission.ACCOUNTS_READ,
            answers={200: AccountList},
        ),
    )
    async def list_accounts(request: HttpRequest) -> Answer:
        found = await facade.accounts(
            tenant_id=principal_of(request).tenant_id, among=granted_to(request)
        )
        return answer(AccountList(items=[account_view(account) for account in found]))

    @post(
        "/accounts",
        **described(
            "Open an account",
            permission=Permission.ACCOUNTS_WRITE,
            body=OpenAccountBody,
            answers={201: AccountView},
            problems=(409,),
            example={"portfolio_id": examples.PORTFOLIO_ID, "name": "Swing", "kind": "cash"},
            idempotent=True,
        ),
    )
    async def open_account(request: HttpRequest) -> Answer:
        body = await body_of(request)
        command = decode(body, decoder=_OPEN).command(asker_of(request))
        reach(request.scope["state"], account_id=None)

        async def work() -> tuple[int, bytes]:
            return 201, encode(account_view(await facade.open(command)))

        return await once(request, keys=keys, body=body, work=work)

    @get(
        "/accounts/{account_id:uuid}",
        **described(
            "Show an account with its figures",
            permission=Permission.ACCOUNTS_READ,
            answers={200: SummaryView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, account_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        found = await facade.summary(tenant_id=tenant_id, account_id=account_id)
        return answer(summary_view(found))

    return [list_accounts, open_account, show]


def _books(facade: AccountUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/accounts/{account_id:uuid}/positions",
        **described(
            "List an account's open positions",
            permission=Permission.ACCOUNTS_READ,
            answers={200: HoldingList},
            problems=(404,),
        ),
    )
    async def positions(request: HttpRequest, account_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        held = await facade.positions(tenant_id=tenant_id, account_id=account_id)
        return answer(HoldingList(items=[holding_view(one) for one in held]))

    @get(
        "/accounts/{account_id:uuid}/ledger",
        **described(
            "Read an account's ledger, newest first",
            permission=Permission.ACCOUNTS_READ,
            answers={200: LedgerPage},
            problems=(400, 404),
        ),
    )
    async def ledger(
        request: HttpRequest,
        account_id: PathId,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await facade.ledger(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            limit=limit + 1,
            after=after_of(cursor),
        )
        return paged(found, limit=limit, shown=transaction_view, page=LedgerPage)

    @post(
        "/accounts/{account_id:uuid}/deposits",
        **described(
            "Deposit into a paper account",
            permission=Permission.ACCOUNTS_WRITE,
            body=DepositBody,
            answers={201: SummaryView},
            problems=(404, 409),
            example={"amount": "1000", "reference": "january"},
            idempotent=True,
        ),
    )
    async def deposit(request: HttpRequest, account_id: PathId) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_DEPOSIT)
        command = asked.command(asker_of(request), account_id=account_id)

        async def work() -> tuple[int, bytes]:
            done = await facade.deposit(command)
            if isinstance(done, ReferenceUsed):
                raise conflict(done.sentence, kind=REFERENCE_USED)
            return 201, encode(summary_view(done))

        # The reference in the body makes a second deposit of it none.
        return await once(request, keys=keys, body=body, work=work, safe_to_repeat=True)

    return [positions, ledger, deposit]


def _portfolios(facade: AccountUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/portfolios",
        **described(
            "List portfolios, oldest first",
            permission=Permission.ACCOUNTS_READ,
            answers={200: PortfolioList},
        ),
    )
    async def list_portfolios(request: HttpRequest) -> Answer:
        found = await facade.portfolios(
            tenant_id=principal_of(request).tenant_id, among=granted_to(request)
        )
        return answer(PortfolioList(items=[portfolio_view(one) for one in found]))

    @post(
        "/portfolios",
        **described(
            "Add a portfolio",
            permission=Permission.ACCOUNTS_WRITE,
            body=PortfolioBody,
            answers={201: PortfolioView},
            problems=(409,),
            example={"name": "Retirement"},
            idempotent=True,
        ),
    )
    async def add_portfolio(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_PORTFOLIO)
        reach(request.scope["state"], account_id=None)
        asker = asker_of(request)

        async def work() -> tuple[int, bytes]:
            made = await facade.add_portfolio(
                tenant_id=asker.tenant_id,
                name=asked.name,
                actor=asker.actor,
                trace_id=asker.trace_id,
            )
            return 201, encode(portfolio_view(made))

        return await once(request, keys=keys, body=body, work=work)

    return [list_portfolios, add_portfolio]
