"""Refreshing over memory: what is stored of each rotation, and what ends a session."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.identity.issued import IssuedToken
from application.identity.refresh import Refresh, RefreshRefused, RefreshTry
from domain.identity.change import ChangeKind
from domain.identity.one_time import LENGTH_MAX, SECRET_BYTES, digest_of, successor_of
from domain.identity.refresh import RefreshToken
from domain.identity.session import Session, SessionEnd
from tests.unit.application.identity.rig import THERE, TRACE, Rig

TOKEN, DEVICE = "blr_token", "bld_device"


class Lodge(Rig):
    """A room whose owner has a session on a device, with a refresh token."""

    def __init__(self, *, token: str = TOKEN, device: str = DEVICE) -> None:
        super().__init__()
        self.own = self.device(digest=digest_of(device))
        self.session_ = self.session(device_id=self.own.id)
        self.first = RefreshToken(
            digest=digest_of(token),
            tenant_id=self.tenant.id,
            session_id=self.session_.id,
            issued_at=self.clock.now(),
        )
        self.database.refreshes[self.first.digest] = self.first
        self.refresh = Refresh(deps=self.deps, tokens=self.tokens)
        self.clock.advance(60)

    async def rotated(
        self, token: str = TOKEN, device: str = DEVICE
    ) -> IssuedToken | RefreshRefused:
        """Ask for new tokens."""
        tried = RefreshTry(token=token, device_token=device, visitor=THERE, trace_id=TRACE)
        return await self.refresh(tried)

    @property
    def kept(self) -> Session:
        """The session as it is stored."""
        return self.database.sessions[self.session_.id]


@pytest.fixture
def lodge() -> Lodge:
    return Lodge()


async def test_a_rotation_keeps_the_used_token_with_a_salt_and_its_successor(lodge: Lodge) -> None:
    at = lodge.clock.now()
    issued = await lodge.rotated()
    assert isinstance(issued, IssuedToken)
    assert issued.refresh is not None
    used, successor = lodge.database.refreshes.values()
    assert used.salt is not None
    assert len(used.salt) == SECRET_BYTES
    assert used == replace(lodge.first, used_at=at, salt=used.salt)
    assert issued.refresh.token == successor_of(TOKEN, salt=used.salt)
    assert successor == RefreshToken(
        digest=digest_of(issued.refresh.token),
        tenant_id=lodge.tenant.id,
        session_id=lodge.session_.id,
        issued_at=at,
    )
    assert lodge.kept == replace(lodge.session_, used_at=at, visitor=THERE)
    assert (issued.refresh.device_token, lodge.fresh()) == (DEVICE, [])
    lodge.clock.advance(9.999)
    again = await lodge.rotated()
    assert isinstance(again, IssuedToken)
    assert again.refresh is not None
    assert again.refresh.token == issued.refresh.token
    assert lodge.kept.used_at == lodge.clock.now()


@pytest.mark.parametrize("device", ["unknown", "another"])
async def test_a_token_from_another_device_ends_the_session(lodge: Lodge, device: str) -> None:
    lodge.device(digest=digest_of("another"))
    at = lodge.clock.now()
    assert await lodge.rotated(device=device) == RefreshRefused(reused=True)
    assert lodge.kept == replace(lodge.session_, ended_at=at, end=SessionEnd.REUSED)
    detail = (("device", "Desk"), ("ip", THERE.ip))
    told = lodge.entry("session.reuse", *detail, subject=lodge.session_.id)
    assert lodge.fresh() == [told]
    (change,) = lodge.database.identity_changes
    assert (change.kind, change.session_id, change.at) == (
        ChangeKind.SESSION_ENDED,
        lodge.session_.id,
        at,
    )


async def test_a_token_without_a_session_or_of_one_that_lapsed_gets_nothing(lodge: Lodge) -> None:
    assert await lodge.rotated(token="blr_unknown") == RefreshRefused()
    lodge.clock.advance(timedelta(minutes=29).total_seconds())
    # It rested for as long as it may.
    assert await lodge.rotated() == RefreshRefused()
    assert lodge.kept == lodge.session_
    del lodge.database.sessions[lodge.session_.id]
    assert await lodge.rotated() == RefreshRefused()
    orphan = replace(lodge.first, digest=digest_of("blr_orphan"), session_id=UUID(int=9))
    lodge.database.refreshes[orphan.digest] = orphan
    assert await lodge.rotated(token="blr_orphan") == RefreshRefused()
    assert (len(lodge.database.refreshes), lodge.fresh()) == (2, [])


@pytest.mark.parametrize(
    ("token", "device", "found"),
    [
        (LENGTH_MAX, LENGTH_MAX, True),
        (LENGTH_MAX + 1, LENGTH_MAX, False),
        (LENGTH_MAX, LENGTH_MAX + 1, False),
    ],
)
async def test_what_is_longer_than_any_token_is_not_looked_up(
    token: int, device: int, found: bool
) -> None:
    lodge = Lodge(token="t" * token, device="d" * device)
    made = await lodge.rotated("t" * token, "d" * device)
    assert isinstance(made, IssuedToken if found else RefreshRefused)
    assert lodge.kept.ended_at is None
