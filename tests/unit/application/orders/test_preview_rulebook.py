"""What an order is analysed by is what the gate decides by."""

from application.orders.commands import OrderRequest, SubmitOrder
from domain.risk.opening_margin import dated_rulebook
from tests import builders
from tests.room import Room

DAY_S = 86_400


async def test_margin_goes_by_the_rules_of_the_day_it_is_asked_on() -> None:
    room = Room()
    # A rule that came into force meanwhile, beside prices of 2013.
    room.clock.advance(400 * DAY_S)
    request = OrderRequest(terms=builders.terms())
    command = SubmitOrder(asker=room.asker, account_id=room.account_id, orders=(request,))
    said = await room.preview.ask(command)
    now, then = room.clock.now().date(), builders.MARKET_AT.date()
    assert said.rulebook == dated_rulebook("reg_t", "paper", now)
    assert said.rulebook != dated_rulebook("reg_t", "paper", then)
