"""What an order is analysed by is what the gate decides by."""

from application.orders.commands import OrderRequest, SubmitOrder
from domain.risk.opening_margin import dated_rulebook
from tests import builders
from tests.rig import Rig

DAY_S = 86_400


async def test_margin_goes_by_the_rules_of_the_day_it_is_asked_on() -> None:
    rig = Rig()
    # A rule that came into force meanwhile, beside prices of 2013.
    rig.clock.advance(400 * DAY_S)
    request = OrderRequest(terms=builders.terms())
    command = SubmitOrder(asker=rig.asker, account_id=rig.account_id, orders=(request,))
    said = await rig.preview.ask(command)
    now, then = rig.clock.now().date(), builders.MARKET_AT.date()
    assert said.rulebook == dated_rulebook("reg_t", "paper", now)
    assert said.rulebook != dated_rulebook("reg_t", "paper", then)
