"""Nobody has to change a password because time has passed."""

from application.identity.issued import IssuedToken
from tests.unit.application.identity.door import PASSWORD, Door

TEN_YEARS_S = 10 * 365 * 86_400


async def test_a_password_is_good_until_it_is_changed() -> None:
    door = await Door().furnish()
    door.clock.advance(TEN_YEARS_S)
    assert isinstance(await door.try_(PASSWORD), IssuedToken)
