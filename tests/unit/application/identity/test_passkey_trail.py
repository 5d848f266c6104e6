"""Making, naming and removing passkeys: what is stored, told and written down, exactly."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from application.identity.access_commands import NeedsPerson
from application.identity.passkey_use import CLONE_SUSPECTED, PasskeyOptions
from application.identity.passkeys import (
    ChallengeSpent,
    PasskeyAdded,
    PasskeyNotFound,
    PasskeyTaken,
    TooManyPasskeys,
)
from application.identity.unknown_user import UserNotFound
from domain.audit.entry import NOBODY
from domain.identity.factors import BackupCode, FactorKind
from domain.identity.passkey import CHALLENGE_LASTS, Passkey, PasskeyChallenge, Purpose, digest_of
from domain.identity.tenant import PrincipalKind, User
from ports.identity_scope import IdentityScope
from ports.passkeys import PasskeyAnswer
from tests.authenticator import Authenticator
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.passkey_rig import PasskeyRig
from tests.unit.application.identity.rig import TRACE


@pytest.fixture
def rig() -> PasskeyRig:
    return PasskeyRig()


def code(rig: PasskeyRig) -> BackupCode:
    """Store a backup code of the owner."""
    made = BackupCode(digest=b"code", tenant_id=rig.tenant.id, user_id=rig.owner.id, created_at=NOW)
    rig.database.backup_codes[made.digest] = made
    return made


async def test_a_new_passkey_is_stored_as_it_was_made(rig: PasskeyRig) -> None:
    asking = rig.asking()
    device = Authenticator(backup=True)
    sent = await rig.made(device, asking)
    rig.clock.advance(60)
    at = rig.clock.now()
    added = await rig.passkeys.own.add(asking, sent=sent, label="Phone")
    assert isinstance(added, PasskeyAdded)
    made = added.passkey
    assert rig.database.passkeys == {made.id: made}
    assert made == Passkey(
        id=made.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        credential_id=sent.credential_id,
        public_key=made.public_key,
        sign_count=1,
        transports=("hybrid", "internal"),
        aaguid=UUID("08987058cadc4b81b6e130de50dcbe96"),
        backup_eligible=True,
        backed_up=True,
        label="Phone",
        created_at=at,
    )
    detail = (("label", "Phone"), ("backed_up", "true"))
    earlier = (("sessions_ended", "0"), ("sessions_open", "0"), ("personal_tokens", "0"))
    assert rig.fresh() == [
        rig.entry("passkey.add", *detail, subject=made.id),
        rig.entry("notice.factor_added", ("factor", "passkey"), ("label", "Phone"), *earlier),
        rig.entry("factor.first", *earlier),
    ]
    again = await rig.passkeys.own.add(asking, sent=sent, label="Phone")
    assert again == ChallengeSpent()
    assert rig.fresh() == []


async def test_another_name_is_written_down_beside_the_one_before(rig: PasskeyRig) -> None:
    made = await rig.owned(Authenticator(), label="Old")
    rig.clock.advance(60)
    renamed = await rig.passkeys.own.rename(rig.asking(), passkey_id=made.id, label="New")
    assert renamed == rig.stored(made) == replace(made, label="New")
    detail = (("label", "New"), ("backed_up", "false"), ("label_before", "Old"))
    assert rig.fresh() == [rig.entry("passkey.rename", *detail, subject=made.id)]


async def test_the_last_passkey_takes_the_backup_codes_along(rig: PasskeyRig) -> None:
    first, second = await rig.owned(Authenticator()), await rig.owned(Authenticator())
    kept = code(rig)
    rig.clock.advance(60)
    at, asking = rig.clock.now(), rig.asking()
    assert await rig.passkeys.own.remove(asking, passkey_id=first.id) is None
    assert rig.database.passkeys == {second.id: second}
    assert rig.database.backup_codes[kept.digest] == kept
    rig.app(confirmed_at=None)
    rig.fresh()
    assert await rig.passkeys.own.remove(asking, passkey_id=second.id) is None
    # An app that waits for its first code is none that they could stand for.
    assert rig.database.backup_codes[kept.digest] == replace(kept, spent_at=at)
    detail = (("label", "Key"), ("backed_up", "false"))
    assert rig.fresh() == [
        rig.entry("passkey.remove", *detail, subject=second.id),
        rig.entry("notice.factor_removed", ("factor", "passkey"), ("label", "Key")),
    ]


async def test_an_app_keeps_the_codes(rig: PasskeyRig) -> None:
    made, kept = await rig.owned(Authenticator()), code(rig)
    rig.app()
    await rig.passkeys.own.remove(rig.asking(), passkey_id=made.id)
    assert rig.database.backup_codes[kept.digest] == kept


async def test_what_is_no_passkey_of_ones_own_is_not_found(rig: PasskeyRig) -> None:
    made = await rig.owned(Authenticator())
    own = rig.passkeys.own
    other = rig.asking(user_id=rig.user("ada@example.com").id)
    for who, passkey_id in ((other, made.id), (rig.asking(), UUID(int=9))):
        said = f"^no passkey {passkey_id}$"
        with pytest.raises(PasskeyNotFound, match=said):
            await own.rename(who, passkey_id=passkey_id, label="Mine")
        with pytest.raises(PasskeyNotFound, match=said):
            await own.remove(who, passkey_id=passkey_id)
    gone = rig.asking(user_id=UUID(int=9))
    with pytest.raises(UserNotFound) as caught:
        await own.options(gone)
    assert caught.value.args == UserNotFound(UUID(int=9)).args
    with pytest.raises(UserNotFound, match=str(UUID(int=9))):
        await rig.passkeys.factor.for_step_up(rig.asking(user_id=UUID(int=9), session_id=made.id))
    assert (rig.stored(made), rig.fresh()) == (made, [])


async def test_options_tell_until_when_and_the_twenty_first_gets_none(rig: PasskeyRig) -> None:
    asking, until = rig.asking(), NOW + CHALLENGE_LASTS
    asked = await rig.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == until
    made = await rig.owned(Authenticator())
    sent = await rig.made(Authenticator(), asking)
    for number in range(19):
        one = replace(made, id=rig.ids.new(), credential_id=bytes([number]))
        rig.database.passkeys[one.id] = one
    assert await rig.passkeys.own.options(asking) == TooManyPasskeys()
    assert await rig.passkeys.own.add(asking, sent=sent, label="X") == TooManyPasskeys()
    assert len(rig.database.passkeys) == 20


async def test_a_credential_that_somebody_has_is_taken_for_nobody_else(rig: PasskeyRig) -> None:
    asking = rig.asking()
    sent = await rig.made(Authenticator(), asking)
    made = await rig.owned(Authenticator())
    rig.database.passkeys[made.id] = replace(made, credential_id=sent.credential_id)
    assert await rig.passkeys.own.add(asking, sent=sent, label="X") == PasskeyTaken()
    assert rig.fresh() == []


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_passkeys_take_a_person(rig: PasskeyRig, kind: PrincipalKind) -> None:
    made = await rig.owned(Authenticator())
    own, token = rig.passkeys.own, rig.asking(kind=kind)
    sent = await rig.made(Authenticator(), rig.asking())
    assert await own.options(token) == NeedsPerson()
    assert await own.add(token, sent=sent, label="X") == NeedsPerson()
    assert await own.rename(token, passkey_id=made.id, label="X") == NeedsPerson()
    assert await own.remove(token, passkey_id=made.id) == NeedsPerson()
    assert (rig.database.passkeys, rig.fresh()) == ({made.id: made}, [])


@pytest.mark.parametrize("whose", ["owner", "anybody"])
async def test_a_challenge_is_kept_as_its_digest_with_who_may_answer(
    rig: PasskeyRig, whose: str
) -> None:
    user = rig.owner if whose == "owner" else None
    bound_to = UUID(int=7) if user is not None else None
    use = rig.passkeys.own.use
    asked = await rig.within(
        lambda scope: use.ask(scope, Purpose.STEP_UP, user=user, bound_to=bound_to)
    )
    assert len(asked.challenge) == 32
    assert asked.expires_at == NOW + CHALLENGE_LASTS
    assert list(rig.database.passkey_challenges.values()) == [
        PasskeyChallenge(
            digest=digest_of(asked.challenge),
            tenant_id=rig.tenant.id if user is not None else NOBODY,
            purpose=Purpose.STEP_UP,
            user_id=user.id if user is not None else None,
            bound_to=bound_to,
            expires_at=asked.expires_at,
        )
    ]

    async def take(user: User | None, bound_to: UUID | None, *, at: datetime = NOW) -> bool:
        rig.database.passkey_challenges = {one.digest: one for one in kept}

        async def work(scope: IdentityScope) -> bool:
            return await use.take(
                scope,
                asked.challenge,
                purpose=Purpose.STEP_UP,
                user=user,
                bound_to=bound_to,
                at=at,
            )

        taken = await rig.within(work)
        # Whatever comes of it, it is used up.
        assert rig.database.passkey_challenges == {}
        return taken

    kept = list(rig.database.passkey_challenges.values())
    other = rig.user("ada@example.com")
    assert await take(user, bound_to)
    assert not await take(other, bound_to)
    assert not await take(user, UUID(int=8))
    assert not await take(user, bound_to, at=asked.expires_at)


async def count(rig: PasskeyRig, user: User, passkey: Passkey, *, shown: int) -> str:
    """Count a use of a passkey, that showed so much."""

    async def work(scope: IdentityScope) -> str:
        return await rig.passkeys.own.use.count(
            scope,
            user,
            passkey=passkey,
            answered=PasskeyAnswer(sign_count=shown, backed_up=False, user_verified=True),
            at=rig.clock.now(),
            trace_id=TRACE,
        )

    return await rig.within(work)


async def test_a_use_is_kept_and_a_copy_is_suspected_and_told(rig: PasskeyRig) -> None:
    made = await rig.owned(Authenticator())
    rig.clock.advance(60)
    at = rig.clock.now()
    assert await count(rig, rig.owner, made, shown=5) == ""
    used = replace(made, sign_count=5, used_at=at)
    assert (rig.stored(made), rig.fresh()) == (used, [])
    rig.clock.advance(60)
    assert await count(rig, rig.owner, made, shown=5) == "sign_count"
    assert rig.stored(made) == used
    detail = (("known", "5"), ("shown", "5"))
    assert rig.fresh() == [
        rig.entry(CLONE_SUSPECTED, *detail, subject=made.id),
        rig.entry("notice.passkey_clone_suspected", ("label", "Key")),
    ]


async def test_one_that_was_removed_or_is_anothers_by_now_is_not_used(rig: PasskeyRig) -> None:
    made = await rig.owned(Authenticator())
    assert await count(rig, rig.user("ada@example.com"), made, shown=5) == "removed"
    assert rig.stored(made) == made
    del rig.database.passkeys[made.id]
    assert await count(rig, rig.owner, made, shown=5) == "removed"
    assert rig.fresh() == []


async def test_passkeys_are_a_factor_of_who_has_one(rig: PasskeyRig) -> None:
    kinds = rig.kinds
    await rig.owned(Authenticator())
    other = rig.user("ada@example.com")
    assert await kinds.kinds(rig.owner.id) == {FactorKind.PASSKEY}
    assert await kinds.kinds(other.id) == frozenset()
    for user_id, removed in ((other.id, 0), (rig.owner.id, 1)):
        # It runs before the loop goes on.
        assert await rig.within(lambda scope: kinds.remove_all(scope, user_id=user_id)) == removed  # noqa: B023 - as said
    assert rig.database.passkeys == {}
