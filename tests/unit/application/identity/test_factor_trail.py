"""Enrolling, confirming and removing an app: what is stored, told and written down, exactly."""

from dataclasses import replace
from uuid import UUID

import pyotp
import pytest

from application.identity.factor_results import Confirmed, FactorNotFound, NewCodes
from application.identity.factor_tries import ProofRefused
from domain.identity.factor_codes import digest_of_backup
from domain.identity.factors import BackupCode, TotpFactor
from domain.identity.passkey import Passkey
from ports.factors import address_of
from tests.unit.application.identity.door import EMAIL, NOW
from tests.unit.application.identity.factor_store import WorkspaceSet, furnished
from tests.unit.application.identity.rig import Rig

# What a first factor found: nothing beside the session that asks.
EARLIER = (("sessions_ended", "0"), ("sessions_open", "0"), ("personal_tokens", "0"))


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
async def factor_store(rig: Rig) -> WorkspaceSet:
    return await furnished(rig)


async def test_an_enrolment_is_stored_and_written_down(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    rig.clock.advance(5)
    made = await factor_store.enrolled("Tablet")
    assert made.factor == TotpFactor(
        id=made.factor.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        label="Tablet",
        created_at=rig.clock.now(),
    )
    assert rig.database.totps == {made.factor.id: made.factor}
    assert list(rig.database.secrets) == [address_of(made.factor)]
    assert made.uri == factor_store.proofs.codes.uri(
        seed=pyotp.TOTP(made.seed).byte_secret(), account=EMAIL
    )
    assert made.picture == factor_store.proofs.codes.picture(made.uri)
    told = rig.entry("factor.enrol", ("label", "Tablet"), subject=made.factor.id)
    assert rig.fresh() == [told]


async def test_a_confirmed_app_counts_with_its_codes_and_is_told(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    made = await factor_store.enrolled()
    rig.fresh()
    rig.clock.advance(60)
    at = rig.clock.now()
    told = await factor_store.own.confirm(
        rig.asking(), factor_id=made.factor.id, code=factor_store.code(made)
    )
    assert isinstance(told, Confirmed)
    assert rig.database.totps[made.factor.id] == replace(
        made.factor, confirmed_at=at, last_step=int(at.timestamp()) // 30, last_used_at=at
    )
    assert list(rig.database.backup_codes.values()) == [
        BackupCode(
            digest=digest_of_backup(text),
            tenant_id=rig.tenant.id,
            user_id=rig.owner.id,
            created_at=at,
        )
        for text in told.codes
    ]
    assert rig.fresh() == [
        rig.entry("factor.confirm", ("label", "Phone"), subject=made.factor.id),
        rig.entry("notice.factor_added", ("factor", "totp"), ("label", "Phone"), *EARLIER),
        rig.entry("factor.first", *EARLIER),
    ]


async def test_a_first_code_that_is_wrong_is_counted_where_it_was_given(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    made = await factor_store.enrolled()
    rig.fresh()
    wrong = f"{(int(factor_store.code(made)) + 1) % 10**6:06}"
    confirm = factor_store.own.confirm
    assert await confirm(rig.asking(), factor_id=made.factor.id, code=wrong) == ProofRefused()
    assert rig.fresh() == [rig.entry("factor.refused", ("at", "enrolment"))]
    assert rig.database.totps == {made.factor.id: made.factor}
    assert rig.database.backup_codes == {}


async def test_the_code_of_another_app_confirms_none(rig: Rig, factor_store: WorkspaceSet) -> None:
    counts, _ = await factor_store.confirmed()
    waiting = await factor_store.enrolled("Tablet")
    rig.clock.advance(30)
    # An app that counts is none that waits.
    code = factor_store.code(waiting)
    said = f"^no factor {counts.id} waits for a code$"
    with pytest.raises(FactorNotFound, match=said):
        await factor_store.own.confirm(rig.asking(), factor_id=counts.id, code=code)
    assert rig.database.totps[counts.id] == counts
    with pytest.raises(FactorNotFound, match="waits for a code"):
        await factor_store.own.confirm(rig.asking(), factor_id=UUID(int=9), code=code)


async def test_an_app_that_goes_takes_the_codes_along_only_as_the_last_factor(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    first, _ = await factor_store.confirmed("First")
    second, codes = await factor_store.confirmed("Second")
    rig.fresh()
    rig.clock.advance(60)
    at, asking = rig.clock.now(), rig.asking()
    left = factor_store.own.list
    assert await factor_store.own.remove(asking, factor_id=first.id) is None
    assert rig.database.totps[first.id] == replace(first, removed_at=at)
    assert ((await left(asking)).apps, (await left(asking)).codes_left) == ([second], 10)
    detail = (("factor", "totp"), ("label", "First"))
    assert rig.fresh() == [
        rig.entry("factor.remove", ("label", "First"), subject=first.id),
        rig.entry("notice.factor_removed", *detail),
    ]
    # An app that waits for its code is none that the codes could stand for.
    waiting = await factor_store.enrolled("Third")
    await factor_store.own.remove(asking, factor_id=second.id)
    assert ((await left(asking)).apps, (await left(asking)).codes_left) == ([], 0)
    spent = {one.spent_at for one in rig.database.backup_codes.values()}
    assert spent == {at, NOW}
    assert len(codes.codes) == 10
    rig.fresh()
    # Its user was never told that it came.
    await factor_store.own.remove(asking, factor_id=waiting.factor.id)
    told = rig.entry("factor.remove", ("label", "Third"), subject=waiting.factor.id)
    assert rig.fresh() == [told]


async def test_codes_stay_for_a_passkey(rig: Rig, factor_store: WorkspaceSet) -> None:
    app, _ = await factor_store.confirmed()
    key = Passkey(
        id=rig.ids.new(),
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        credential_id=b"credential",
        public_key=b"key",
        sign_count=0,
        transports=(),
        aaguid=UUID(int=0),
        backup_eligible=False,
        backed_up=False,
        label="Key",
        created_at=NOW,
    )
    rig.database.passkeys[key.id] = key
    await factor_store.own.remove(rig.asking(), factor_id=app.id)
    assert (await factor_store.own.list(rig.asking())).codes_left == 10
    assert isinstance(await factor_store.own.renew_codes(rig.asking()), NewCodes)


async def test_new_codes_are_written_down_and_told_of_the_user(
    rig: Rig, factor_store: WorkspaceSet
) -> None:
    await factor_store.confirmed()
    rig.fresh()
    assert isinstance(await factor_store.own.renew_codes(rig.asking()), NewCodes)
    assert rig.fresh() == [
        rig.entry("factor.backup_codes", subject=rig.owner.id),
        rig.entry("notice.backup_codes_renewed"),
    ]
    assert (await factor_store.own.list(rig.asking())).codes_left == 10
    assert len(rig.database.backup_codes) == 20
