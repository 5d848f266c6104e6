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
from tests.unit.application.identity.factor_shelf import Overtaken, Shelf, furnished
from tests.unit.application.identity.room import Room


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
async def shelf(room: Room) -> Shelf:
    return await furnished(room)


async def test_what_is_no_factor_of_ones_own_is_not_found(room: Room, shelf: Shelf) -> None:
    app, _ = await shelf.confirmed()
    other = room.asking(user_id=room.user("ada@example.com").id)
    for who, factor_id in ((other, app.id), (room.asking(), UUID(int=9))):
        with pytest.raises(FactorNotFound, match=f"^no factor {factor_id}$"):
            await shelf.own.remove(who, factor_id=factor_id)
    assert await shelf.own.renew_codes(other) == NoFactor()
    gone = room.asking(user_id=UUID(int=9))
    with pytest.raises(UserNotFound) as caught:
        await shelf.own.renew_codes(gone)
    assert caught.value.args == UserNotFound(UUID(int=9)).args
    assert (await shelf.own.list(other)).apps == []


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_factors_take_a_person(room: Room, shelf: Shelf, kind: PrincipalKind) -> None:
    app, _ = await shelf.confirmed()
    token = room.asking(kind=kind)
    before = room.fresh()
    assert before
    assert await shelf.own.enrol(token, label="X") == NeedsPerson()
    assert await shelf.own.confirm(token, factor_id=app.id, code="000000") == NeedsPerson()
    assert await shelf.own.remove(token, factor_id=app.id) == NeedsPerson()
    assert await shelf.own.renew_codes(token) == NeedsPerson()
    assert room.fresh() == []


async def test_five_apps_are_the_most_and_unfinished_ones_do_not_count(
    room: Room, shelf: Shelf
) -> None:
    for number in range(4):
        room.app(label=str(number))
    waiting = await shelf.enrolled("Fifth")
    again = await shelf.enrolled("Fifth again")
    # The later enrolment takes the place of the unfinished one.
    removed = room.database.totps[waiting.factor.id]
    assert removed == waiting.factor.removed(again.factor.created_at)
    told = await shelf.own.confirm(room.asking(), factor_id=again.factor.id, code=shelf.code(again))
    assert isinstance(told, Confirmed)
    assert await shelf.own.enrol(room.asking(), label="Sixth") == TooManyFactors(allowed=5)


@pytest.mark.parametrize("times", [1, 3, ATTEMPTS_MAX])
async def test_a_seed_is_sealed_anew_where_the_key_version_changed(
    room: Room, shelf: Shelf, times: int
) -> None:
    vault: Any = Overtaken(shelf.proofs.vault, times=times)
    own = replace(shelf.own, proofs=replace(shelf.proofs, vault=vault))
    if times < ATTEMPTS_MAX:
        made = await own.enrol(room.asking(), label="Phone")
        assert isinstance(made, Enrolled)
        assert list(room.database.secrets) == [address_of(made.factor)]
    else:
        said = r"^the key versions change faster than a secret is sealed$"
        with pytest.raises(KeysUnavailable, match=said):
            await own.enrol(room.asking(), label="Phone")
        assert (room.database.totps, room.fresh()) == ({}, [])
    assert vault.refreshed == times


async def test_codes_of_every_app_are_looked_at_and_only_of_the_kind_asked_for(
    room: Room, shelf: Shelf
) -> None:
    first, _ = await shelf.confirmed("First")
    waiting = await shelf.enrolled("Second")
    step = int(room.clock.now().timestamp()) // 30
    find, code = shelf.proofs.step, shelf.code(waiting)
    owner_id = room.owner.id
    assert await find(code, user_id=owner_id, waiting=waiting.factor.id) == (
        waiting.factor.id,
        step,
    )
    assert await find(code, user_id=owner_id) is None
    assert await find(code, user_id=UUID(int=9), waiting=waiting.factor.id) is None
    assert await find(code, user_id=owner_id, waiting=UUID(int=9)) is None
    # One whose seed is gone is passed by.
    del room.database.secrets[address_of(first)]
    await shelf.own.confirm(room.asking(), factor_id=waiting.factor.id, code=code)
    assert await find(code, user_id=owner_id) == (waiting.factor.id, step)


async def test_a_typed_code_is_used_up_by_its_kind(room: Room, shelf: Shelf) -> None:
    app, codes = await shelf.confirmed()
    room.clock.advance(30)
    at = room.clock.now()
    row = address_of(app)
    seed = await shelf.proofs.vault.open(room.database.secrets[row], row=row)
    code = pyotp.TOTP(shelf.proofs.codes.text(seed)).at(at)

    async def uses(text: str) -> FactorKind | None:
        spend = await shelf.proofs.of(text)(room.owner)
        return await room.within(lambda scope: spend(scope, at))

    assert await uses("nothing") is None
    assert [await uses(code), await uses(code)] == [FactorKind.TOTP, None]
    assert room.database.totps[app.id].last_used_at == at
    paper = codes.codes[0]
    assert [await uses(paper), await uses(paper)] == [FactorKind.BACKUP_CODE, None]
