"""A log-in unlike the thirty before it is found by the forest itself."""

from bootstrap.identity.logins import build_logins
from bootstrap.settings.devices import DeviceSettings
from domain.identity.demand import Demand
from domain.identity.fingerprint import Fingerprint
from domain.identity.login_risk import UNUSUAL
from tests.unit.application.identity.door import Door
from tests.unit.application.identity.test_assess import AWAY, TOLD, demand, log_in, trust


async def test_the_forest_itself_finds_what_is_unlike_thirty_log_ins() -> None:
    logins = build_logins(DeviceSettings())
    door = await Door(logins=logins).furnish()
    token = (await log_in(door, fingerprint=TOLD)).refresh.device_token
    for day in range(30):
        door.clock.advance(86_400 + (day % 7 - 3) * 600)
        visit = await log_in(door, device_token=token, fingerprint=TOLD)
    await trust(door, visit)
    door.clock.advance(86_400)
    usual = await demand(door, device_token=token, fingerprint=TOLD)
    assert usual == Demand(second_factor=False)
    door.clock.advance(43_200)
    other = Fingerprint(agent="safari", platform="ios")
    odd = await demand(door, device_token=token, fingerprint=other, visitor=AWAY)
    assert odd == Demand(unconfirmed=True, reasons=(UNUSUAL,))
    logins.stop()
