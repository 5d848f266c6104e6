"""What every adapter of Holdings promises."""

from abc import abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import pytest

from domain.shared.refusals import Absent
from ports.holdings import Holding, Holdings, HoldingUnknown
from tests.contracts.contract import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Two accounts of one tenant: one with 900 in cash and 2 AAPL at 50, one without figures."""

    holdings: Holdings
    tenant_id: UUID
    account_id: UUID
    unknown_id: UUID
    elsewhere_id: UUID


async def asked(
    held: Held, account_id: UUID, *, symbol: str = "AAPL", tenant_id: UUID | None = None
) -> Holding | HoldingUnknown | None:
    """Return what is told of an account, None where it is absent."""
    try:
        return await held.holdings.of(
            tenant_id=tenant_id or held.tenant_id, account_id=account_id, symbol=symbol
        )
    except Absent:
        return None


class HoldingsContract(Contract):
    """Subclasses give `held`."""

    @pytest.fixture
    @abstractmethod
    def held(self) -> Held: ...

    async def test_it_tells_the_equity_the_power_and_what_is_held(self, held: Held) -> None:
        found = await asked(held, held.account_id)
        assert found == Holding(equity=Decimal(1_000), power=Decimal(900), held=Decimal(2))

    async def test_of_a_symbol_that_is_not_held_there_is_none(self, held: Held) -> None:
        found = await asked(held, held.account_id, symbol="MSFT")
        assert found == Holding(equity=Decimal(1_000), power=Decimal(900), held=Decimal(0))

    async def test_where_figures_lack_it_says_why(self, held: Held) -> None:
        found = await asked(held, held.unknown_id)
        assert isinstance(found, HoldingUnknown)
        assert found.problem

    async def test_an_account_that_is_not_there_has_no_figures(self, held: Held) -> None:
        assert not isinstance(await asked(held, held.elsewhere_id), Holding)
