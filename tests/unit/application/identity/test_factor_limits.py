"""What users cannot do with factors, and which typed code is good for what."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pyotp
import pytest

from application.identity.access_commands import NeedsPerson
from application.identity.factor_results import (
    Confirmed,
    Enrolled,
    FactorNotFound,
    NoFactor,
    TooManyFactors,
)
from application.identity.unknown_user import UserNotFound
from application.shared.change import ATTEMPTS_MAX
from domain.identity.factors import FactorKind
from domain.identity.tenant import PrincipalKind
from ports.factors import address_of
from ports.secrets import KeysUnavailable
from tests.unit.application.identity.factor_store import Overtaken, WorkspaceSet, furnished
from tests.unit.application.identity.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
async def factor_store(rig: Rig) -> WorkspaceSet:
    return await furnished(rig)


async def test_what_is_no_factor_of_ones_own_is_not_found(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    app, _ = await factor_store.confirmed()
    other = rig.asking(user_id=rig.user("ada@example.com").id)
    for who, factor_id in ((other, app.id), (rig.asking(), UUID(int=9))):
        with pytest.raises(FactorNotFound, match=f"^no factor {factor_id}$"):
            await factor_store.own.remove(who, factor_id=factor_id)
    assert await factor_store.own.renew_codes(other) == NoFactor()
    gone = rig.asking(user_id=UUID(int=9))
    with pytest.raises(UserNotFound) as caught:
        await factor_store.own.renew_codes(gone)
    assert caught.value.args == UserNotFound(UUID(int=9)).args
    assert (await factor_store.own.list(other)).apps == []


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_factors_take_a_person(
    rig: Rig, factor_store: WorkspaceSet, kind: PrincipalKind
) -> None:
    app, _ = await factor_store.confirmed()
    token = rig.asking(kind=kind)
    before = rig.fresh()
    assert before
    assert await factor_store.own.enrol(token, label="X") == NeedsPerson()
    assert await factor_store.own.confirm(token, factor_id=app.id, code="000000") == NeedsPerson()
    assert await factor_store.own.remove(token, factor_id=app.id) == NeedsPerson()
    assert await factor_store.own.renew_codes(token) == NeedsPerson()
    assert rig.fresh() == []


async def test_five_apps_are_the_most_and_unfinished_ones_do_not_count(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    for number in range(4):
        rig.app(label=str(number))
    waiting = await factor_store.enrolled("Fifth")
    again = await factor_store.enrolled("Fifth again")
    # The later enrolment takes the place of the unfinished one.
    removed = rig.database.totps[waiting.factor.id]
    assert removed == waiting.factor.removed(again.factor.created_at)
    told = await factor_store.own.confirm(
        rig.asking(), factor_id=again.factor.id, code=factor_store.code(again)
    )
    assert isinstance(told, Confirmed)
    assert await factor_store.own.enrol(rig.asking(), label="Sixth") == TooManyFactors(allowed=5)


@pytest.mark.parametrize("times", [1, 3, ATTEMPTS_MAX])
async def test_a_seed_is_sealed_anew_where_the_key_version_changed(
    rig: Rig, factor_store: WorkspaceSet, times: int
) -> None:
    vault: Any = Overtaken(factor_store.proofs.vault, times=times)
    own = replace(factor_store.own, proofs=replace(factor_store.proofs, vault=vault))
    if times < ATTEMPTS_MAX:
        made = await own.enrol(rig.asking(), label="Phone")
        assert isinstance(made, Enrolled)
        assert list(rig.database.secrets) == [address_of(made.factor)]
    else:
        said = r"^the key versions change faster than a secret is sealed$"
        with pytest.raises(KeysUnavailable, match=said):
            await own.enrol(rig.asking(), label="Phone")
        assert (rig.database.totps, rig.fresh()) == ({}, [])
    assert vault.refreshed == times


async def test_codes_of_every_app_are_looked_at_and_only_of_the_kind_asked_for(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    first, _ = await factor_store.confirmed("First")
    waiting = await factor_store.enrolled("Second")
    step = int(rig.clock.now().timestamp()) // 30
    find, code = factor_store.proofs.step, factor_store.code(waiting)
    owner_id = rig.owner.id
    assert await find(code, user_id=owner_id, waiting=waiting.factor.id) == (
        waiting.factor.id,
        step,
    )
    assert await find(code, user_id=owner_id) is None
    assert await find(code, user_id=UUID(int=9), waiting=waiting.factor.id) is None
    assert await find(code, user_id=owner_id, waiting=UUID(int=9)) is None
    # One whose seed is gone is passed by.
    del rig.database.secrets[address_of(first)]
    await factor_store.own.confirm(rig.asking(), factor_id=waiting.factor.id, code=code)
    assert await find(code, user_id=owner_id) == (waiting.factor.id, step)


async def test_a_typed_code_is_used_up_by_its_kind(rig: Rig, factor_store: WorkspaceSet) -> None:
    app, codes = await factor_store.confirmed()
    rig.clock.advance(30)
    at = rig.clock.now()
    row = address_of(app)
    seed = await factor_store.proofs.vault.open(rig.database.secrets[row], row=row)
    code = pyotp.TOTP(factor_store.proofs.codes.text(seed)).at(at)

    async def uses(text: str) -> FactorKind | None:
        spend = await factor_store.proofs.of(text)(rig.owner)
        return await rig.within(lambda scope: spend(scope, at))

    assert await uses("nothing") is None
    assert [await uses(code), await uses(code)] == [FactorKind.TOTP, None]
    assert rig.database.totps[app.id].last_used_at == at
    paper = codes.codes[0]
    assert [await uses(paper), await uses(paper)] == [FactorKind.BACKUP_CODE, None]
