"""What a log-in asks of the parts it is made of, and what it answers in each case."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from adapters.memory.identity import MemoryPeople
from adapters.memory.security import QuickHasher
from adapters.memory.time import ManualSleeper
from application.identity.challenges import ChallengeOpened, OpenChallenge
from application.identity.factor_kinds import AllFactors
from application.identity.issued import IssuedToken, issued
from application.identity.login import Login, LoginRefused
from application.identity.login_try import LoginTry
from application.identity.open_session import NEVER, OpenedSession
from domain.identity.demand import ALWAYS, Demand
from domain.identity.factors import FactorKind, FactorLimits
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.session import Device
from domain.identity.tenant import User
from ports.identity import HasherBusy
from tests.unit.application.identity.door import EMAIL, HOME, NOW, PASSWORD
from tests.unit.application.identity.rig import TRACE, Rig, Waits

TRIED = LoginTry(email=EMAIL, password=PASSWORD, visitor=HOME, trace_id=TRACE, lasting=True)


@dataclass(slots=True)
class Demanding:
    """Says what is demanded, and notes of whom."""

    says: Demand = ALWAYS
    asked: list[tuple[User, LoginTry, Device | None]] = field(default_factory=list)

    async def __call__(self, user: User, tried: LoginTry, device: Device | None) -> Demand:
        """Say it."""
        self.asked.append((user, tried, device))
        return self.says


class Hasher(QuickHasher):
    """A quick hasher that notes what it is asked to hash, and can find a hash outdated."""

    outdated = False
    busy = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.hashed: list[str] = []

    async def hash(self, password: str) -> str:
        """Note it."""
        self.hashed.append(password)
        return await super().hash(password)

    async def verify(self, *, password: str, hash: str) -> bool:
        """Tell, unless too many wait."""
        if self.busy:
            raise HasherBusy("busy")
        return await super().verify(password=password, hash=hash)

    def is_outdated(self, hash: str) -> bool:
        """Tell what the test wants."""
        return self.outdated


@dataclass(slots=True)
class Hall:
    """A log-in over a room."""

    rig: Rig
    hasher: Hasher
    demanding: Demanding
    login: Login

    def put(self, **given: Any) -> None:
        """Change the stored owner."""
        self.rig.database.users[self.rig.owner.id] = replace(self.owner, **given)

    @property
    def owner(self) -> User:
        """The owner as they are stored."""
        return self.rig.database.users[self.rig.owner.id]


@pytest.fixture
async def hall() -> Hall:
    rig = Rig()
    hasher = Hasher(randomness=rig.randomness, sleeper=ManualSleeper(rig.clock))
    demanding = Demanding()
    login = Login(
        users=rig.users,
        people=MemoryPeople(rig.link),
        hasher=hasher,
        tokens=rig.tokens,
        throttle=rig.throttle,
        randomness=rig.randomness,
        open=rig.open,
        challenge=OpenChallenge(deps=rig.deps, limits=FactorLimits()),
        factors=rig.kinds,
        demand=demanding,
    )
    made = Hall(rig, hasher, demanding, login)
    made.put(password_hash=await QuickHasher.hash(hasher, PASSWORD))
    return made


async def test_a_known_device_is_handed_to_who_says_what_is_demanded(hall: Hall) -> None:
    device = hall.rig.device(digest=digest_of("device"))
    tried = replace(TRIED, device_token="device")
    assert isinstance(await hall.login(tried), IssuedToken)
    assert isinstance(await hall.login(TRIED), IssuedToken)
    hall.rig.device(user_id=hall.rig.user("ada@example.com").id, digest=digest_of("theirs"))
    stolen = replace(TRIED, device_token="theirs")
    assert isinstance(await hall.login(stolen), IssuedToken)
    owner = hall.owner
    assert hall.demanding.asked == [
        (owner, tried, device),
        (owner, TRIED, None),
        (owner, stolen, None),
    ]


@pytest.mark.parametrize(("length", "known"), [(LENGTH_MAX, True), (LENGTH_MAX + 1, False)])
async def test_a_device_token_longer_than_any_is_not_looked_up(
    hall: Hall, length: int, known: bool
) -> None:
    device = hall.rig.device(digest=digest_of("x" * length))
    await hall.login(replace(TRIED, device_token="x" * length))
    assert [one for _, _, one in hall.demanding.asked] == [device if known else None]


async def test_each_known_device_waits_for_its_own_failures_only(hall: Hall) -> None:
    for name in ("one", "two"):
        hall.rig.device(digest=digest_of(name))
    wrong = replace(TRIED, password="wrong")
    tokens = ("one", "two", None)
    for token in tokens:
        assert await hall.login(replace(wrong, device_token=token)) == LoginRefused()
        # The second try on it has to wait for a second.
        soon = await hall.login(replace(wrong, device_token=token))
        assert soon == LoginRefused(retry_after_s=1)
    # Without one it is the address alone that waits.
    waits = await hall.rig.throttle.begin(f"login:{EMAIL}")
    assert waits == pytest.approx(1.0)
    for token in tokens:
        hall.rig.clock.advance(1)
        assert isinstance(await hall.login(replace(TRIED, device_token=token)), IssuedToken)


async def test_who_has_a_factor_is_asked_for_it_with_what_was_tried(hall: Hall) -> None:
    hall.rig.app()
    hall.hasher.outdated = True
    before = hall.owner
    opened = await hall.login(replace(TRIED, remember=True, device_label="Desk"))
    assert isinstance(opened, ChallengeOpened)
    assert opened.kinds == [FactorKind.TOTP]
    (challenge,) = hall.rig.database.challenges.values()
    assert (challenge.user_id, challenge.lasting, challenge.remember) == (before.id, True, True)
    assert (challenge.device_label, hall.rig.database.sessions) == ("Desk", {})
    assert hall.hasher.hashed == [PASSWORD]
    assert hall.owner.password_hash != before.password_hash
    assert await hall.hasher.verify(password=PASSWORD, hash=hall.owner.password_hash)


@pytest.mark.parametrize(
    ("has_factor", "demand", "known_at", "unusual"),
    [
        (False, Demand(), NOW, False),
        # A factor that was not asked for: known by half only.
        (True, Demand(second_factor=False), NEVER, False),
        (False, Demand(unconfirmed=True, reasons=("odd",)), NEVER, True),
        # Reasons of a log-in that is confirmed are nobody's doubts.
        (False, Demand(reasons=("odd",)), NOW, False),
    ],
)
async def test_a_session_is_confirmed_where_nothing_was_left_out(
    hall: Hall, has_factor: bool, demand: Demand, known_at: object, unusual: bool
) -> None:
    if has_factor:
        hall.rig.app()
    hall.demanding.says = demand
    assert isinstance(await hall.login(TRIED), IssuedToken)
    (session,) = hall.rig.database.sessions.values()
    assert session.authenticated_at == known_at
    actions = [one.action for one in hall.rig.fresh()]
    assert ("notice.unusual_login" in actions) is unusual


async def test_who_gets_the_first_factor_meanwhile_is_refused_as_a_wrong_password(
    hall: Hall,
) -> None:
    class Kinds(AllFactors):
        async def kinds(self, user_id: object) -> frozenset[FactorKind]:
            found = await AllFactors.kinds(self, hall.rig.owner.id)
            hall.rig.app()
            return found

    hall.login.factors = Kinds(deps=hall.rig.deps, providers=())
    assert await hall.login(TRIED) == LoginRefused()
    (entry,) = hall.rig.fresh()
    assert (entry.action, entry.actor) == ("identity.login_failed", f"user:{hall.owner.id}")
    assert (hall.rig.database.sessions, len(hall.rig.database.login_failures)) == ({}, 1)


async def test_unknown_users_are_checked_against_one_drawn_hash(hall: Hall) -> None:
    await hall.login.prepare()
    unknown = replace(TRIED, email="nobody@example.com")
    assert await hall.login(unknown) == LoginRefused()
    (drawn,) = hall.hasher.hashed
    assert len(bytes.fromhex(drawn)) == 32
    (entry,) = hall.rig.fresh()
    assert (entry.actor, entry.trace_id) == ("unknown", TRACE)


async def test_a_wait_is_told_in_whole_seconds_and_nothing_is_looked_up(hall: Hall) -> None:
    waits = Waits(0.1)
    hall.login.throttle = replace(hall.login.throttle, limits=waits)
    assert await hall.login(TRIED) == LoginRefused(retry_after_s=1)
    assert (waits.asked, hall.rig.fresh()) == ([("login-ip", HOME.ip)], [])


async def test_a_try_that_was_not_checked_is_no_failure(hall: Hall) -> None:
    hall.hasher.busy = True
    for _ in range(2):
        with pytest.raises(HasherBusy):
            await hall.login(TRIED)
    hall.hasher.busy = False
    assert isinstance(await hall.login(TRIED), IssuedToken)


async def test_the_tokens_of_a_session_say_when_it_lapses(hall: Hall) -> None:
    session = hall.rig.session()
    whole = OpenedSession(session=session, refresh_token="refresh", device_token="device")
    made = issued(hall.rig.tokens, whole)
    assert made.refresh is not None
    assert (made.refresh.token, made.refresh.device_token) == ("refresh", "device")
    assert (made.refresh.session_id, made.refresh.lapses_at) == (session.id, session.lapses_at)
    assert made.expires_at == made.principal.expires_at
    # One without the other is good for nothing.
    for half in (replace(whole, device_token=None), replace(whole, refresh_token=None)):
        assert issued(hall.rig.tokens, half).refresh is None
