"""A user with an authenticator app, as pyotp plays it."""

from dataclasses import dataclass
from datetime import timedelta

import pyotp

from application.identity.challenges import ChallengeAnswer, ChallengeOpened, ChallengeOver
from application.identity.deps import Asking
from application.identity.factor_results import Confirmed, Enrolled
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from domain.identity.session import Visitor
from tests.unit.application.identity.door import EMAIL, HOME, PASSWORD, Door

STEP = timedelta(seconds=30)
AWAY = Visitor(ip="203.0.113.7", user_agent="agent")
WRONG = "000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """An app with the seed, and the codes on paper."""

    door: Door
    app: pyotp.TOTP
    enrolled: Enrolled
    codes: tuple[str, ...]
    asking: Asking

    def code(self, *, steps: int = 0) -> str:
        """Return what the app shows now, or so many steps from now."""
        return self.app.at(self.door.clock.now() + steps * STEP)

    def wrong(self) -> str:
        """Return six digits that the app shows at no time near."""
        near = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(one for one in (f"{number:06}" for number in range(10)) if one not in near)


async def enrol(door: Door, *, asking: Asking | None = None, keep: bool = False) -> Phone:
    """Enrol an app and confirm it; a step later its codes are fresh again."""
    if asking is None:
        asking = await door.asking((await door.log_in()).issued)
    enrolled = await door.identity.factors.enrol(asking, label="Phone")
    assert isinstance(enrolled, Enrolled)
    app = pyotp.parse_uri(enrolled.uri)
    assert isinstance(app, pyotp.TOTP)
    told = await door.identity.factors.confirm(
        asking,
        factor_id=enrolled.factor.id,
        code=app.at(door.clock.now()),
        keep_others=keep,
    )
    assert isinstance(told, Confirmed)
    door.clock.advance(STEP.total_seconds())
    return Phone(door=door, app=app, enrolled=enrolled, codes=tuple(told.codes), asking=asking)


async def challenged(
    door: Door, *, lasting: bool = True, device_token: str | None = None
) -> ChallengeOpened:
    """Log in with the right password, and return what is still asked for."""
    opened = await door.identity.login(
        LoginTry(
            email=EMAIL,
            password=PASSWORD,
            visitor=HOME,
            lasting=lasting,
            device_token=device_token,
            device_label="Desk",
        )
    )
    assert isinstance(opened, ChallengeOpened)
    return opened


async def answered(
    door: Door,
    opened: ChallengeOpened | str,
    code: str,
    *,
    device_token: str | None = None,
    visitor: Visitor = HOME,
) -> IssuedToken | ChallengeOver | ProofRefused:
    """Answer a challenge by a code."""
    token = opened if isinstance(opened, str) else opened.token
    return await door.identity.challenges.answer(
        ChallengeAnswer(
            token=token,
            proof=door.identity.codes.of(code),
            visitor=visitor,
            device_token=device_token,
        )
    )
