"""What every broker with a dead-man timer promises."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from domain.orders.terms import OrderTerms, Side
from ports.broker import Acknowledged, Broker, DeadManTimer, Refused
from tests.contracts.broker.contract import order, resting
from tests.contracts.contract import Contract

WITHIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStage:
    """A broker with a timer, and what lets time pass at its venue."""

    broker: Broker
    timer: DeadManTimer
    pass_time: Callable[[float], Awaitable[None]]


class DeadManContract(Contract):
    """Subclasses give a fixture `timed`, whose time passes by `pass_time` alone or for real."""

    @pytest.fixture
    @abstractmethod
    async def timed(self) -> TimedStage: ...

    @pytest.fixture
    def account(self) -> str:
        return str(uuid4())

    async def test_the_traits_name_the_timer(self, timed: TimedStage) -> None:
        assert timed.broker.traits.dead_man == timed.timer.dead_man

    async def test_what_nobody_renews_cancels_what_opens_and_can_keep_what_reduces(
        self, timed: TimedStage, account: str
    ) -> None:
        await _rest(timed, account, "entry")
        await _rest(timed, account, "stop", reduce_only=True)
        await _alive(timed, account)
        await timed.pass_time(WITHIN_S * 2)
        assert await _open(timed, account) == ["stop"]

    async def test_told_to_it_cancels_stops_too(self, timed: TimedStage, account: str) -> None:
        await _rest(timed, account, "entry")
        await _rest(timed, account, "stop", reduce_only=True)
        await _alive(timed, account, keep_reducing=False)
        await timed.pass_time(WITHIN_S * 2)
        assert await _open(timed, account) == []

    async def test_a_timer_that_was_taken_off_cancels_nothing(
        self, timed: TimedStage, account: str
    ) -> None:
        await _rest(timed, account, "entry")
        await _alive(timed, account)
        await _alive(timed, account, within_s=0)
        await timed.pass_time(WITHIN_S * 2)
        assert await _open(timed, account) == ["entry"]

    async def test_another_account_is_not_concerned(self, timed: TimedStage, account: str) -> None:
        other = str(uuid4())
        await _rest(timed, other, "entry")
        await _alive(timed, account)
        await timed.pass_time(WITHIN_S * 2)
        assert await _open(timed, other) == ["entry"]

    async def test_a_time_that_it_does_not_take_is_refused_and_sets_nothing(
        self, timed: TimedStage, account: str
    ) -> None:
        await _rest(timed, account, "entry")
        for within_s in (-1.0, 0.1, 1e9):
            answer = await timed.timer.keep_alive(
                account_id=account, within_s=within_s, keep_reducing=True
            )
            assert isinstance(answer, Refused)
        await timed.pass_time(WITHIN_S * 2)
        assert await _open(timed, account) == ["entry"]


async def _alive(
    timed: TimedStage, account: str, *, within_s: float = WITHIN_S, keep_reducing: bool = True
) -> None:
    answer = await timed.timer.keep_alive(
        account_id=account, within_s=within_s, keep_reducing=keep_reducing
    )
    assert isinstance(answer, Acknowledged)


async def _rest(timed: TimedStage, account: str, name: str, *, reduce_only: bool = False) -> None:
    terms = resting()
    if reduce_only:
        # There has to be something that it reduces.
        await _submit(timed, account, f"{name}-position", order())
        terms = replace(resting("110"), side=Side.SELL, reduce_only=True)
    await _submit(timed, account, name, terms)


async def _submit(timed: TimedStage, account: str, name: str, terms: OrderTerms) -> None:
    answer = await timed.broker.submit(
        account_id=account, client_order_id=name, terms=terms, written=lambda: None
    )
    assert isinstance(answer, Acknowledged), answer


async def _open(timed: TimedStage, account: str) -> list[str]:
    return [one.client_order_id for one in await timed.broker.open_orders(account_id=account)]
