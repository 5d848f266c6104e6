"""Route what is asked of accounts."""

from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

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
from adapters.http.documented import documented
from adapters.http.once import once
from adapters.http.orders.submission import asker_of
from adapters.http.wire import (
    HttpRequest,
    after_of,
    answer,
    cursor_of,
    decode,
    limit_of,
    principal_of,
)
from application.accounts.facade import AccountUseCases
from ports.idempotency import IdempotencyKeys

_OPEN = msgspec.json.Decoder(OpenAccountBody)
_DEPOSIT = msgspec.json.Decoder(DepositBody)
_PORTFOLIO = msgspec.json.Decoder(PortfolioBody)


def account_routes(facade: AccountUseCases, *, keys: IdempotencyKeys) -> Router:
    """Return the routes under /api/v1/accounts and /portfolios."""
    return Router(
        path="/api/v1",
        tags=["accounts"],
        route_handlers=[
            *_accounts(facade, keys),
            *_books(facade),
            *_portfolios(facade, keys),
        ],
    )


def _accounts(facade: AccountUseCases, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/accounts",
        summary="List accounts",
        responses=documented({200: ResponseSpec(AccountList)}, 401),
    )
    async def list_accounts(request: HttpRequest) -> Response[bytes]:
        found = await facade.accounts(tenant_id=principal_of(request).tenant_id)
        return answer(AccountList(items=[account_view(account) for account in found]))

    @post(
        "/accounts",
        summary="Open an account",
        responses=documented({201: ResponseSpec(AccountView)}, 400, 401, 409, 413, 422),
    )
    async def open_account(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        command = decode(body, decoder=_OPEN).command(asker_of(request))

        async def work() -> Response[bytes]:
            return answer(account_view(await facade.open(command)), status=201)

        return await once(request, keys=keys, body=body, work=work)

    @get(
        "/accounts/{account_id:uuid}",
        summary="Show an account with its figures",
        responses=documented({200: ResponseSpec(SummaryView)}, 400, 401, 404),
    )
    async def show(request: HttpRequest, account_id: UUID) -> Response[bytes]:
        tenant_id = principal_of(request).tenant_id
        found = await facade.summary(tenant_id=tenant_id, account_id=account_id)
        return answer(summary_view(found))

    return [list_accounts, open_account, show]


def _books(facade: AccountUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/accounts/{account_id:uuid}/positions",
        summary="List an account's open positions",
        responses=documented({200: ResponseSpec(HoldingList)}, 400, 401, 404),
    )
    async def positions(request: HttpRequest, account_id: UUID) -> Response[bytes]:
        tenant_id = principal_of(request).tenant_id
        held = await facade.positions(tenant_id=tenant_id, account_id=account_id)
        return answer(HoldingList(items=[holding_view(one) for one in held]))

    @get(
        "/accounts/{account_id:uuid}/ledger",
        summary="Read an account's ledger, newest first",
        responses=documented({200: ResponseSpec(LedgerPage)}, 400, 401, 404),
    )
    async def ledger(
        request: HttpRequest,
        account_id: UUID,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[bytes]:
        size = limit_of(limit)
        found = await facade.ledger(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            limit=size + 1,
            after=after_of(cursor),
        )
        page = found[:size]
        more = page[-1].id if len(found) > size else None
        return answer(
            LedgerPage(items=[transaction_view(one) for one in page], next_cursor=cursor_of(more))
        )

    @post(
        "/accounts/{account_id:uuid}/deposits",
        summary="Deposit into a paper account",
        responses=documented({201: ResponseSpec(SummaryView)}, 400, 401, 404, 409, 413, 422),
    )
    async def deposit(request: HttpRequest, account_id: UUID) -> Response[bytes]:
        asked = decode(await request.body(), decoder=_DEPOSIT)
        command = asked.command(asker_of(request), account_id=account_id)
        return answer(summary_view(await facade.deposit(command)), status=201)

    return [positions, ledger, deposit]


def _portfolios(facade: AccountUseCases, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/portfolios",
        summary="List portfolios",
        responses=documented({200: ResponseSpec(PortfolioList)}, 401),
    )
    async def list_portfolios(request: HttpRequest) -> Response[bytes]:
        found = await facade.portfolios(tenant_id=principal_of(request).tenant_id)
        return answer(PortfolioList(items=[portfolio_view(one) for one in found]))

    @post(
        "/portfolios",
        summary="Add a portfolio",
        responses=documented({201: ResponseSpec(PortfolioView)}, 400, 401, 409, 413, 422),
    )
    async def add_portfolio(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        asked = decode(body, decoder=_PORTFOLIO)
        tenant_id = principal_of(request).tenant_id

        async def work() -> Response[bytes]:
            made = await facade.add_portfolio(tenant_id=tenant_id, name=asked.name)
            return answer(portfolio_view(made), status=201)

        return await once(request, keys=keys, body=body, work=work)

    return [list_portfolios, add_portfolio]
