"""A loosening waits for a second person or for its cooling time, and for nothing else."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from application.approvals.decide_change import ChangeDecided, OwnChange
from application.approvals.deps import PENDING_MAX, ChangeNotFound, TooManyPending
from application.approvals.propose import Proposal
from application.assets.keep_assets import ASSETS
from application.shared.asker import Asker
from application.shared.change import Once
from domain.approvals.change import COOLING, ApprovalPolicy, ChangeState, Hurdle, PendingChange
from domain.identity.access import Role
from domain.shared.values import InvalidValue
from tests import builders
from tests.unit.application.approvals.context import (
    KIND,
    START,
    TENANT,
    Context,
    hours,
    make_context,
)

SECOND = ApprovalPolicy.SECOND_PERSON
KEY = Asker(tenant_id=TENANT, actor="producer:desk")


async def _pending(context: Context, *, by: Asker) -> PendingChange:
    change = await context.propose(await context.asset(), by=by)
    assert change is not None
    return change


@pytest.mark.parametrize(
    ("policy", "owners", "live", "needed"),
    [
        (ApprovalPolicy.AUTO, 1, False, Hurdle.NONE),
        (ApprovalPolicy.AUTO, 1, True, Hurdle.COOLING),
        (ApprovalPolicy.AUTO, 2, False, Hurdle.SECOND_PERSON),
        (ApprovalPolicy.AUTO, 2, True, Hurdle.SECOND_PERSON),
        (ApprovalPolicy.SECOND_PERSON, 1, False, Hurdle.SECOND_PERSON),
        (ApprovalPolicy.COOLING, 2, False, Hurdle.COOLING),
        (ApprovalPolicy.OFF, 2, True, Hurdle.NONE),
    ],
)
async def test_what_a_loosening_needs(
    policy: ApprovalPolicy, owners: int, live: bool, needed: Hurdle
) -> None:
    context = make_context(policy, live=frozenset({"paper"} if live else {"other"}))
    for number in range(owners):
        await context.owner(f"owner{number}")
    await context.owner("trader", role=Role.TRADER)
    assert await context.proposing.hurdle(tenant_id=TENANT) is needed


async def test_where_nothing_is_asked_nothing_waits() -> None:
    context = make_context(ApprovalPolicy.OFF)
    assert await context.propose(await context.asset(), by=KEY) is None
    assert await context.actions() == []


async def test_a_second_person_applies_it_with_its_trail() -> None:
    context = make_context()
    ada, ben = await context.owner("ada"), await context.owner("ben")
    asset = await context.asset()
    change = await context.propose(asset, by=ada)
    assert change is not None
    assert await context.value(asset) == 1
    applied = await context.deciding.approve(change.id, by=ben, note="agreed")
    assert isinstance(applied, PendingChange)
    assert (applied.state, applied.decided_by, applied.note) == (
        ChangeState.APPLIED,
        ben.actor,
        "agreed",
    )
    assert await context.value(asset) == 2
    assert context.applier.heard == [TENANT]
    assert await context.actions() == ["pending_change.proposed", "pending_change.applied"]


async def test_nobody_approves_their_own_not_even_by_a_key_of_theirs() -> None:
    context = make_context()
    ada, ben = await context.owner("ada"), await context.owner("ben")
    user_id = (await context.members.list(tenant_id=TENANT))[0].id
    key = Asker(tenant_id=TENANT, actor="producer:desk", user_id=user_id)
    for by in (ada, key):
        change = await _pending(context, by=by)
        with pytest.raises(OwnChange):
            await context.deciding.approve(change.id, by=ada)
        assert (await context.stored(change)).state is ChangeState.PENDING
        assert isinstance(await context.deciding.approve(change.id, by=ben), PendingChange)


async def test_a_key_is_no_second_person() -> None:
    context = make_context()
    ada = await context.owner("ada")
    await context.owner("ben")
    change = await _pending(context, by=ada)
    with pytest.raises(OwnChange):
        await context.deciding.approve(change.id, by=KEY)


async def test_it_is_decided_once() -> None:
    context = make_context()
    ada, ben = await context.owner("ada"), await context.owner("ben")
    change = await _pending(context, by=ada)
    await context.deciding.reject(change.id, by=ada, note="a mistake")
    assert (await context.stored(change)).state is ChangeState.REJECTED
    with pytest.raises(ChangeDecided):
        await context.deciding.approve(change.id, by=ben)
    assert context.applier.heard == []


async def test_what_changed_meanwhile_makes_it_outdated() -> None:
    context = make_context()
    ada, ben = await context.owner("ada"), await context.owner("ben")
    asset = await context.asset()
    change = await context.propose(asset, by=ada)
    assert change is not None
    async with context.changes.works.begin(TENANT) as work:
        await work.records(ASSETS).update(replace(asset, value=Decimal(5), version=2))
    decided = await context.deciding.approve(change.id, by=ben)
    assert isinstance(decided, PendingChange)
    assert decided.state is ChangeState.OUTDATED
    assert await context.value(asset) == 5
    assert context.applier.heard == []


@pytest.mark.parametrize("swept", [True, False])
async def test_after_a_day_it_is_void(swept: bool) -> None:
    context = make_context()
    ada, ben = await context.owner("ada"), await context.owner("ben")
    change = await _pending(context, by=ada)
    context.clock.advance(hours(24).total_seconds())
    assert change.state_at(context.clock.now()) is ChangeState.VOID
    if swept:
        await context.sweep.sweep()
        with pytest.raises(ChangeDecided):
            await context.deciding.approve(change.id, by=ben)
    else:
        await context.deciding.approve(change.id, by=ben)
    assert (await context.stored(change)).state is ChangeState.VOID
    assert context.applier.heard == []


async def test_it_is_void_when_it_makes_no_sense_any_more() -> None:
    context = make_context()
    ada, ben = await context.owner("ada"), await context.owner("ben")
    change = await context.propose(await context.asset(), by=ada, until=START + hours(1))
    assert change is not None
    context.clock.advance(hours(1).total_seconds())
    await context.deciding.approve(change.id, by=ben)
    assert (await context.stored(change)).state is ChangeState.VOID


async def test_what_has_cooled_is_applied_and_not_before() -> None:
    context = make_context(ApprovalPolicy.COOLING)
    ada = await context.owner("ada")
    asset = await context.asset()
    change = await context.propose(asset, by=ada)
    assert change is not None
    assert change.applies_at == START + COOLING
    context.clock.advance((COOLING - timedelta(microseconds=1)).total_seconds())
    await context.sweep.sweep()
    assert await context.value(asset) == 1
    context.clock.advance(timedelta(microseconds=1).total_seconds())
    await context.sweep.sweep()
    assert await context.value(asset) == 2
    assert (await context.stored(change)).decided_by == "cooling"
    assert context.failures == []


async def test_while_it_cools_anybody_may_take_it_back() -> None:
    context = make_context(ApprovalPolicy.COOLING)
    ada = await context.owner("ada")
    asset = await context.asset()
    change = await context.propose(asset, by=ada)
    assert change is not None
    await context.deciding.reject(change.id, by=ada)
    context.clock.advance(COOLING.total_seconds())
    await context.sweep.sweep()
    assert await context.value(asset) == 1


async def test_who_was_shut_out_meanwhile_loosens_nothing() -> None:
    context = make_context(ApprovalPolicy.COOLING)
    ada = await context.owner("ada")
    asset = await context.asset()
    change = await context.propose(asset, by=ada)
    assert change is not None
    database = await context.link.enter()
    (member_id,) = database.members
    gone = replace(database.members[member_id], disabled_at=START)
    database.members[member_id] = gone
    context.clock.advance(COOLING.total_seconds())
    await context.sweep.sweep()
    assert await context.value(asset) == 1
    assert (await context.stored(change)).state is ChangeState.REJECTED


async def test_those_who_may_approve_are_told_once() -> None:
    context = make_context()
    ada = await context.owner("ada")
    await context.owner("ben")
    await context.owner("tom", role=Role.TRADER)
    change = await _pending(context, by=ada)
    for _ in range(2):
        await context.sweep.sweep()
    told: list[tuple[str, list[str]]] = []
    for member in await context.members.list(tenant_id=TENANT):
        async with context.sweep.identity.begin() as scope:
            notices = await scope.notices.of(member.id, limit=10)
        told.append((member.name, [dict(one.detail)["change_id"] for one in notices]))
    assert told == [
        ("ada@example.com", []),
        ("ben@example.com", [str(change.id)]),
        ("tom@example.com", []),
    ]
    # Being told is no change to who reads the version.
    assert (await context.stored(change)).version == change.version
    assert context.failures == []


async def test_a_change_that_fails_holds_no_other_up() -> None:
    context = make_context(ApprovalPolicy.COOLING)
    ada = await context.owner("ada")
    first, second = await context.asset(), await context.asset()
    assert await context.propose(first, by=ada, value="no number") is not None
    assert await context.propose(second, by=ada) is not None
    context.clock.advance(COOLING.total_seconds())
    await context.sweep.sweep()
    assert await context.value(second) == 2
    assert len(context.failures) == 1


async def test_a_loosening_says_why() -> None:
    context = make_context(SECOND)
    asset = await context.asset()
    hurdle = await context.proposing.hurdle(tenant_id=TENANT)

    proposal = Proposal(
        kind=KIND, subject=asset.id, subject_version=1, payload="2", before={}, after={}
    )
    for reason in ("", "  ", "x" * 501, "line\nbreak"):
        with pytest.raises(InvalidValue) as refused:
            async with context.changes.works.begin(TENANT) as work:
                await context.proposing.hold(work, proposal, reason=reason, by=KEY, hurdle=hurdle)
        assert refused.value.field == "reason"
    assert await context.actions() == []


async def test_only_so_many_wait() -> None:
    context = make_context(SECOND)
    asset = await context.asset()
    for _ in range(PENDING_MAX):
        await context.propose(asset, by=KEY)
    with pytest.raises(TooManyPending):
        await context.propose(asset, by=KEY)


async def test_another_tenants_change_is_absent() -> None:
    context = make_context()
    ada = await context.owner("ada")
    await context.owner("ben")
    change = await _pending(context, by=ada)
    stranger = Asker(tenant_id=builders.new_id(), actor=f"user:{builders.new_id()}")
    for decide in (context.deciding.approve, context.deciding.reject):
        with pytest.raises(ChangeNotFound):
            await decide(change.id, by=stranger)


async def test_a_repeated_approval_gets_the_first_answer() -> None:
    context = make_context()
    ada, ben = await context.owner("ada"), await context.owner("ben")
    change = await _pending(context, by=ada)
    once: Once[PendingChange] = Once(
        key="k", request_hash=b"h", render=lambda done: (200, done.state.value.encode())
    )
    first = await context.deciding.approve(change.id, by=ben, once=once)
    again = await context.deciding.approve(change.id, by=ben, once=once)
    assert isinstance(first, PendingChange)
    assert getattr(again, "body", b"") == b"applied"
    assert context.applier.heard == [TENANT]


@pytest.mark.parametrize("disabled", [True, False])
async def test_what_a_key_proposed_does_not_cool_into_effect_once_the_key_is_disabled(
    disabled: bool,
) -> None:
    context = make_context(ApprovalPolicy.COOLING)
    await context.owner("ada")
    asset = await context.asset()
    change = await context.propose(asset, by=replace(KEY, key_id="desk-1"))
    assert change is not None
    assert (await context.stored(change)).key_id == "desk-1"
    if disabled:
        (await context.link.enter()).disabled_keys.add((TENANT, "desk-1"))
    context.clock.advance(COOLING.total_seconds())
    await context.sweep.sweep()
    stored = await context.stored(change)
    assert await context.value(asset) == (1 if disabled else 2)
    assert stored.state is (ChangeState.REJECTED if disabled else ChangeState.APPLIED)
    assert context.failures == []


async def test_the_trail_holds_what_would_be_applied_by_its_digest() -> None:
    context = make_context(SECOND)
    asset = await context.asset()
    change = await context.propose(asset, by=KEY, value="31337")
    assert change is not None
    (entry,) = (await context.link.enter()).audit
    said = dict(entry.detail)
    assert said["payload_digest"] == hashlib.sha256(b"31337").hexdigest()
    assert replace(change, payload="31338").payload_digest != change.payload_digest


async def test_where_nothing_waits_a_loosening_says_why_all_the_same() -> None:
    context = make_context(ApprovalPolicy.OFF)
    asset = await context.asset()
    proposal = Proposal(
        kind=KIND, subject=asset.id, subject_version=1, payload="2", before={}, after={}
    )
    for reason, refused in (("", True), ("earnings week", False)):
        async with context.changes.works.begin(TENANT) as work:
            hold = context.proposing.hold(work, proposal, reason=reason, by=KEY, hurdle=Hurdle.NONE)
            if refused:
                with pytest.raises(InvalidValue, match="reason: is required"):
                    await hold
            else:
                assert await hold is None
