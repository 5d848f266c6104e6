"""A mailed link counts by its button alone: once, in its step, for whom it was mailed."""

from datetime import timedelta
from uuid import UUID

import pytest

from application.succession.answer_link import DeadLink
from domain.identity.access import GrantLevel, Role
from domain.succession.link import DIGESTS_MAX, LINK_LASTS, Asks, SuccessionLink
from domain.succession.plan import SuccessionState, Trading
from domain.succession.stored_plan import AccountAccess
from tests import builders
from tests.succession_rig import DAY, OWNER, TENANT, TRUSTEES, SuccessionRig

S = SuccessionState


async def _at(days: int) -> SuccessionRig:
    rig = SuccessionRig()
    await rig.plan()
    await rig.run(days * DAY)
    return rig


async def test_looking_changes_nothing_and_the_button_counts_once() -> None:
    rig = await _at(5)
    token = await rig.mailed(OWNER)
    before = (rig.state, rig.stored, rig.links)
    for _ in range(3):
        asked = await rig.use.links.look(token)
        assert isinstance(asked, SuccessionLink)
        assert asked.asks is Asks.WELL
    assert (rig.state, rig.stored, rig.links) == before
    assert await rig.use.links.press(token) is Asks.WELL
    assert rig.is_in(S.ARMED)
    assert await rig.use.links.press(token) == DeadLink()
    assert await rig.use.links.look(token) == DeadLink()


async def test_a_link_is_dead_in_every_other_step() -> None:
    rig = await _at(5)
    token = await rig.mailed(OWNER)
    await rig.run(2 * DAY)
    assert rig.is_in(S.CONTACT_PING)
    assert await rig.use.links.press(token) == DeadLink()
    assert rig.is_in(S.CONTACT_PING)


async def test_a_link_lapses() -> None:
    rig = await _at(5)
    token = await rig.mailed(OWNER)
    rig.clock.set_wall(rig.clock.now() + LINK_LASTS)
    assert await rig.use.links.press(token) == DeadLink()
    assert rig.is_in(S.REMINDED)


async def test_trustees_confirm_by_mail_and_the_owner_takes_it_back_by_mail() -> None:
    rig = await _at(9)
    assert rig.is_in(S.GRACE)
    for trustee in TRUSTEES[:2]:
        assert await rig.use.links.press(await rig.mailed(trustee)) is Asks.CONFIRM
    assert rig.stored.confirmed == set(map(str, TRUSTEES[:2]))
    await rig.run(3 * DAY)
    assert rig.is_in(S.RELEASED)
    assert await rig.use.links.press(await rig.mailed(OWNER)) is Asks.VETO
    assert (rig.state, rig.trading) == (S.ARMED, Trading.ACTIVE)


async def test_no_veto_by_mail_once_the_release_is_final() -> None:
    rig = await _at(9)
    for trustee in TRUSTEES[:2]:
        await rig.use.acts.confirm(trustee=trustee, by=rig.by(trustee))
    await rig.run(3 * DAY)
    token = await rig.mailed(OWNER)
    await rig.run(4 * DAY)
    assert await rig.use.links.press(token) == DeadLink()
    assert rig.is_in(S.RELEASED)


async def test_who_is_no_trustee_any_more_confirms_nothing() -> None:
    rig = await _at(9)
    token = await rig.mailed(TRUSTEES[0])
    del rig.database.members[TRUSTEES[0]]
    assert await rig.use.links.press(token) == DeadLink()
    assert rig.stored.confirmed == frozenset()


@pytest.mark.parametrize("token", ["", "bls_", "bls_" + "A" * 107, "bls_" + "é" * 107, "x" * 111])
async def test_what_is_no_token_opens_nothing(token: str) -> None:
    rig = await _at(5)
    assert await rig.use.links.look(token) == DeadLink()
    assert await rig.use.links.press(token) == DeadLink()


async def test_no_letter_of_a_token_may_differ() -> None:
    rig = await _at(5)
    token = await rig.mailed(OWNER)
    for place in range(len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        wrong = token[:place] + other + token[place + 1 :]
        assert await rig.use.links.press(wrong) == DeadLink()
    assert rig.is_in(S.REMINDED)


async def test_no_token_is_stored_and_another_tenant_makes_none() -> None:
    rig = await _at(5)
    token = await rig.mailed(OWNER)
    assert token not in str(rig.database.records)
    assert token not in str(rig.database.user_notices)
    assert token not in str(rig.database.audit)
    link = dict(rig.told(OWNER)[-1].detail)["link"]
    assert await rig.use.links.path(tenant_id=UUID(int=2), user_id=OWNER, link=link) is None
    # Who is told of the owner's reminder, too, gets no button of the owner's.
    links = rig.use.links
    assert await links.path(tenant_id=TENANT, user_id=TRUSTEES[0], link=link) is None
    for wrong in ("https://elsewhere.example/", "/succession/answer/x", ""):
        assert await rig.use.links.path(tenant_id=TENANT, user_id=OWNER, link=wrong) is None


async def test_each_attempt_to_mail_has_a_token_and_the_newest_hold() -> None:
    rig = await _at(5)
    tokens = [await rig.mailed(OWNER) for _ in range(DIGESTS_MAX + 1)]
    assert await rig.use.links.look(tokens[0]) == DeadLink()
    for token in tokens[1:]:
        assert isinstance(await rig.use.links.look(token), SuccessionLink)


async def test_a_dry_run_tells_the_owner_alone_unless_asked_and_changes_nothing() -> None:
    rig = await _at(1)
    before = rig.stored
    for to_trustees, told in ((False, 0), (True, 3)):
        steps = await rig.use.dry_run(to_trustees=to_trustees, by=rig.by())
        assert steps is not None
        assert len(rig.told(TRUSTEES[0])) == told
    notices = [*rig.told(OWNER), *rig.told(TRUSTEES[0])]
    assert {one.kind for one in notices} == {"succession.dry_run"}
    assert {dict(one.detail)["dry_run"] for one in notices} == {"true"}
    assert [dict(one.detail)["state"] for one in rig.told(OWNER)[:4]] == [
        "REMINDED",
        "CONTACT_PING",
        "GRACE",
        "RELEASED",
    ]
    assert (rig.stored, rig.links, rig.latches()) == (before, [], [])


async def test_accounts_are_granted_by_role_once_a_release_is_final() -> None:
    rig = SuccessionRig()
    account = builders.account(tenant_id=TENANT)
    book = builders.book(account)
    rig.database.books[account.id] = book
    await rig.plan(access=(AccountAccess(trustee=TRUSTEES[0], account_id=account.id),))
    await rig.run(9 * DAY)
    for trustee in TRUSTEES[:2]:
        await rig.use.acts.confirm(trustee=trustee, by=rig.by(trustee))
    await rig.run(4 * DAY)
    assert rig.is_in(S.RELEASED)
    assert rig.database.members[TRUSTEES[0]].grants == {}
    status = await rig.use.look(tenant_id=TENANT)
    assert [list(one.gets) for one in status.trustees] == [[account.id], [], []]
    await rig.run(3 * DAY)
    member = rig.database.members[TRUSTEES[0]]
    assert (member.role, dict(member.grants)) == (Role.TRUSTEE, {account.id: GrantLevel.ROLE})
    kinds = [one.kind for one in rig.told(TRUSTEES[0])]
    assert kinds.count("succession.handed_over") == 1
    await rig.run(timedelta(hours=12))
    assert [one.kind for one in rig.told(TRUSTEES[0])] == kinds
