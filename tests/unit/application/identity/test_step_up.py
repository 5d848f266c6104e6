"""Stepping up over memory: who may, what is renewed, and what is written down."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.security import QuickHasher
from adapters.memory.time import ManualSleeper
from application.identity.access_commands import NeedsPerson
from application.identity.factor_tries import ProofRefused
from application.identity.issued import IssuedToken
from application.identity.passwords import WrongPassword
from application.identity.proofs import Spend
from application.identity.step_up import FactorNeeded, StepUp, has_session
from application.identity.unknown_user import UserNotFound
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.factors import FactorKind
from domain.identity.login_features import LoginFeatures, LoginRecord
from domain.identity.session import Session, SessionEnd
from domain.identity.tenant import PrincipalKind, User
from ports.identity import HasherBusy, InvalidToken
from tests.unit.application.identity.door import NOW, PASSWORD
from tests.unit.application.identity.rig import Rig, shows, spends


class Hasher(QuickHasher):
    """A quick hasher that can be busy, and does something beside the check."""

    busy = False
    beside = staticmethod(lambda: None)

    async def verify(self, *, password: str, hash: str) -> bool:
        """Tell, unless too many wait."""
        if self.busy:
            raise HasherBusy("busy")
        self.beside()
        return await super().verify(password=password, hash=hash)


@dataclass(slots=True)
class Stage:
    """A step-up of a room's owner, who has a session."""

    rig: Rig
    hasher: Hasher
    session: Session
    step_up: StepUp


@pytest.fixture
async def stage() -> Stage:
    rig = Rig()
    hasher = Hasher(randomness=rig.randomness, sleeper=ManualSleeper(rig.clock))
    owner = replace(rig.owner, password_hash=await hasher.hash(PASSWORD))
    rig.database.users[owner.id] = owner
    session = rig.session()
    made = StepUp(
        deps=rig.deps,
        users=rig.users,
        hasher=hasher,
        tokens=rig.tokens,
        throttle=rig.throttle,
        tries=rig.tries,
        factors=rig.kinds,
        memory=rig.memory,
    )
    rig.clock.advance(60)
    return Stage(rig, hasher, session, made)


def strange(rig: Rig, session: Session) -> None:
    """Remember the session's log-in as one that does not count as the owner's own."""
    rig.database.logins[session.id] = LoginRecord(
        id=session.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        at=NOW,
        network="",
        place=None,
        device_id=None,
        features=LoginFeatures(hour=0.0),
        learned=False,
    )


@pytest.mark.parametrize("by", ["password", "totp"])
async def test_a_step_up_renews_the_session_and_confirms_its_log_in(stage: Stage, by: str) -> None:
    rig, session = stage.rig, stage.session
    strange(rig, session)
    asking = rig.asking(session_id=session.id)
    done = (
        await stage.step_up.by_password(asking, password=PASSWORD)
        if by == "password"
        else await stage.step_up.by_factor(asking, proof=shows(FactorKind.TOTP))
    )
    assert isinstance(done, IssuedToken)
    at = rig.clock.now()
    assert (done.principal.session_id, done.refresh) == (session.id, None)
    assert done.principal.authenticated_at == at
    assert rig.database.sessions[session.id] == replace(session, authenticated_at=at)
    assert rig.database.logins[session.id].learned
    assert rig.fresh() == [rig.entry("session.step_up", ("shown", by), subject=session.id)]
    # Every process hears that tokens from before are to be looked at anew.
    told = IdentityChange(
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        session_id=session.id,
        kind=ChangeKind.TOKEN_ENDED,
        at=at,
        seq=1,
    )
    assert (rig.database.identity_changes, rig.told.given) == ([told], 1)


async def test_a_wrong_proof_is_refused_where_it_was_given(stage: Stage) -> None:
    rig, session = stage.rig, stage.session
    asking = rig.asking(session_id=session.id)
    assert await stage.step_up.by_factor(asking, proof=shows(None)) == ProofRefused()
    assert rig.fresh() == [rig.entry("factor.refused", ("at", "step-up"))]
    assert rig.database.sessions[session.id] == session


async def test_wrong_passwords_wait_as_those_of_a_change_do(stage: Stage) -> None:
    rig = stage.rig
    asking = rig.asking(session_id=stage.session.id)
    by_password = stage.step_up.by_password
    assert await by_password(asking, password="wrong") == WrongPassword()
    rig.clock.advance(0.25)
    assert await by_password(asking, password=PASSWORD) == WrongPassword(retry_after_s=1)
    # One count for the user's password, wherever it is asked for.
    waits = await rig.throttle.begin(f"password:{rig.owner.id}")
    assert waits == pytest.approx(0.75)
    rig.clock.advance(0.75)
    assert isinstance(await by_password(asking, password=PASSWORD), IssuedToken)
    # Nothing is left of the failure.
    assert await rig.throttle.begin(f"password:{rig.owner.id}") is None


async def test_a_password_that_was_not_checked_is_no_failure(stage: Stage) -> None:
    asking = stage.rig.asking(session_id=stage.session.id)
    stage.hasher.busy = True
    for _ in range(2):
        with pytest.raises(HasherBusy):
            await stage.step_up.by_password(asking, password=PASSWORD)
    stage.hasher.busy = False
    assert isinstance(await stage.step_up.by_password(asking, password=PASSWORD), IssuedToken)


async def test_who_has_a_factor_or_gets_one_meanwhile_needs_it(stage: Stage) -> None:
    rig = stage.rig
    asking = rig.asking(session_id=stage.session.id)
    enrol: Any = staticmethod(rig.app)
    stage.hasher.beside = enrol
    assert await stage.step_up.by_password(asking, password=PASSWORD) == FactorNeeded()
    assert await stage.step_up.by_password(asking, password=PASSWORD) == FactorNeeded()
    # The second time the password was not even looked at.
    assert len(rig.database.totps) == 1
    assert (rig.fresh(), rig.database.sessions[stage.session.id]) == ([], stage.session)


@pytest.mark.parametrize("change", ["password", "gone"])
async def test_a_password_that_changes_while_it_is_checked_is_wrong(
    stage: Stage, change: str
) -> None:
    users = stage.rig.database.users
    owner: User = users[stage.rig.owner.id]

    def meanwhile() -> None:
        if change == "gone":
            del users[owner.id]
        else:
            users[owner.id] = replace(owner, password_hash="other")

    stage.hasher.beside = staticmethod(meanwhile)
    asking = stage.rig.asking(session_id=stage.session.id)
    assert await stage.step_up.by_password(asking, password=PASSWORD) == WrongPassword()


async def test_only_a_person_in_a_session_steps_up(stage: Stage) -> None:
    rig, session_id = stage.rig, stage.session.id
    without = rig.asking()
    script = rig.asking(session_id=session_id, kind=PrincipalKind.TOKEN)
    assert has_session(rig.asking(session_id=session_id))
    for asking in (without, script):
        assert not has_session(asking)
        assert await stage.step_up.by_password(asking, password=PASSWORD) == NeedsPerson()
        proof = shows(FactorKind.TOTP)
        assert await stage.step_up.by_factor(asking, proof=proof) == NeedsPerson()
    gone = rig.asking(user_id=UUID(int=9), session_id=session_id)
    with pytest.raises(UserNotFound) as caught:
        await stage.step_up.by_password(gone, password=PASSWORD)
    assert caught.value.args == UserNotFound(UUID(int=9)).args


async def test_who_is_gone_while_a_proof_is_looked_at_is_not_found(stage: Stage) -> None:
    rig = stage.rig
    asking = rig.asking(session_id=stage.session.id)

    async def proof(user: User) -> Spend:
        del rig.database.users[user.id]
        return spends(FactorKind.TOTP)

    with pytest.raises(UserNotFound) as caught:
        await stage.step_up.by_factor(asking, proof=proof)
    assert caught.value.args == UserNotFound(rig.owner.id).args


async def test_a_session_that_is_over_or_anothers_is_not_renewed(stage: Stage) -> None:
    rig = stage.rig
    lapsed = rig.session(expires_at=rig.clock.now())
    ended = rig.session(ended_at=NOW, end=SessionEnd.LOGOUT)
    theirs = rig.session(user_id=rig.user("ada@example.com").id)
    for session_id in (lapsed.id, ended.id, theirs.id, UUID(int=9)):
        asking = rig.asking(session_id=session_id)
        said = r"^the session is over: log in again$"
        with pytest.raises(InvalidToken, match=said):
            await stage.step_up.by_factor(asking, proof=shows(FactorKind.TOTP))
        with pytest.raises(InvalidToken, match=said):
            await stage.step_up.by_password(asking, password=PASSWORD)
        rig.clock.advance(timedelta(minutes=1).total_seconds())
    assert rig.fresh() == []
