"""A looser rulebook waits for a second look, a tighter one holds from the next order on."""

from decimal import Decimal

import pytest

from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from domain.accounts.account import AccountKind
from domain.accounts.account_margin import AccountMargin
from domain.approvals.change import ApprovalPolicy, ChangeState, PendingChange
from domain.margin.rulebook import RulebookName
from domain.shared.refusals import Outdated
from domain.shared.values import InvalidValue
from tests import builders
from tests.rig import Rig
from tests.unit.application.margin.context import MarginRig, book_of

D = Decimal


def _rig(policy: ApprovalPolicy = ApprovalPolicy.SECOND_PERSON) -> MarginRig:
    return MarginRig(rig=Rig(book=book_of(10_000)), policy=policy)


async def _ask(rig: Rig, units: int) -> Accepted | DeniedOrders:
    outcome = await rig.submit(
        SubmitOrder(
            asker=rig.asker,
            account_id=rig.account_id,
            orders=(OrderRequest(terms=builders.terms(quantity=D(units))),),
        ),
        idempotency=None,
    )
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


async def test_the_gate_goes_by_the_account_s_rulebook_at_once() -> None:
    rig = _rig()
    by = await rig.owner()
    assert isinstance(await _ask(rig.rig, 150), Accepted)
    # Another process knows the rules of before: its decision is fenced, and taken again.
    twin = rig.rig.twin(seed=2)
    await twin.gatekeeper.refresh(tenant_id=twin.tenant_id)
    done = await rig.setting.rulebook(rig.rig.account_id, name="cash", reason="", by=by)
    assert isinstance(done, AccountMargin)
    for asked in (rig.rig, twin):
        denied = await _ask(asked, 1)
        assert isinstance(denied, DeniedOrders)
        assert [one.code for one in denied.reasons] == ["BUYING_POWER"]
        assert "initial margin by cash" in denied.reasons[0].message
    entry = rig.rig.database.audit[-3]
    assert (entry.action, entry.account_id) == ("margin.set", rig.rig.account_id)
    assert ("before.rulebook", "reg_t") in entry.detail


async def test_what_loosens_waits_and_is_applied_by_a_second_person() -> None:
    rig = _rig()
    first, second = await rig.owner(), await rig.owner()
    account_id = rig.rig.account_id
    await rig.setting.rulebook(account_id, name="cash", reason="", by=first)
    with pytest.raises(InvalidValue, match="reason"):
        await rig.setting.rulebook(account_id, name="reg_t", reason="", by=first)
    held = await rig.setting.rulebook(account_id, name="reg_t", reason="hedging", by=first)
    assert isinstance(held, PendingChange)
    assert (held.before["rulebook"], held.after["rulebook"]) == ("cash", "reg_t")
    assert isinstance(await _ask(rig.rig, 150), DeniedOrders)
    done = await rig.deciding.approve(held.id, by=second)
    assert isinstance(done, PendingChange)
    assert done.state is ChangeState.APPLIED
    assert isinstance(await _ask(rig.rig, 150), Accepted)


async def test_a_change_that_waited_too_long_is_outdated() -> None:
    rig = _rig()
    first, second = await rig.owner(), await rig.owner()
    account_id = rig.rig.account_id
    held = await rig.setting.rulebook(account_id, name="portfolio", reason="size", by=first)
    assert isinstance(held, PendingChange)
    await rig.setting.automatic(account_id, target=D("0.3"), by=first)
    done = await rig.deciding.approve(held.id, by=second)
    assert isinstance(done, PendingChange)
    assert done.state is ChangeState.OUTDATED


async def test_with_no_second_look_asked_it_is_done_at_once() -> None:
    rig = _rig(ApprovalPolicy.OFF)
    by = await rig.owner()
    with pytest.raises(InvalidValue, match="reason: is required"):
        await rig.setting.rulebook(rig.rig.account_id, name="portfolio", reason="", by=by)
    done = await rig.setting.rulebook(rig.rig.account_id, name="portfolio", reason="hedged", by=by)
    assert isinstance(done, AccountMargin)
    assert (done.rulebook, done.version) == (RulebookName.PORTFOLIO, 1)


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("nobody", AccountKind.MARGIN, "must be one of"),
        ("reg_t", AccountKind.CASH, "may not borrow"),
    ],
)
async def test_a_rulebook_that_is_none_or_not_for_the_account_is_refused(
    name: str, kind: AccountKind, says: str
) -> None:
    account = builders.account(kind=kind, leverage=D(1))
    rig = MarginRig(rig=Rig(book=book_of(10_000, account=account)))
    by = await rig.owner()
    with pytest.raises(InvalidValue, match=says):
        await rig.setting.rulebook(account.id, name=name, reason="", by=by)


async def test_what_was_not_seen_is_not_changed() -> None:
    rig = _rig()
    by = await rig.owner()
    account_id = rig.rig.account_id
    await rig.setting.rulebook(account_id, name="cash", reason="", by=by, expected=0)
    with pytest.raises(Outdated):
        await rig.setting.automatic(account_id, target=None, by=by, expected=0)
