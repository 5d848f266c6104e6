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
from tests.unit.application.identity.passkey_room import PasskeyRoom
from tests.unit.application.identity.room import TRACE


@pytest.fixture
def room() -> PasskeyRoom:
    return PasskeyRoom()


def code(room: PasskeyRoom) -> BackupCode:
    """Store a backup code of the owner."""
    made = BackupCode(
        digest=b"code", tenant_id=room.tenant.id, user_id=room.owner.id, created_at=NOW
    )
    room.database.backup_codes[made.digest] = made
    return made


async def test_a_new_passkey_is_stored_as_it_was_made(room: PasskeyRoom) -> None:
    asking = room.asking()
    device = Authenticator(backup=True)
    sent = await room.made(device, asking)
    room.clock.advance(60)
    at = room.clock.now()
    added = await room.passkeys.own.add(asking, sent=sent, label="Phone")
    assert isinstance(added, PasskeyAdded)
    made = added.passkey
    assert room.database.passkeys == {made.id: made}
    assert made == Passkey(
        id=made.id,
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
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
    assert room.fresh() == [
        room.entry("passkey.add", *detail, subject=made.id),
        room.entry("notice.factor_added", ("factor", "passkey"), ("label", "Phone"), *earlier),
        room.entry("factor.first", *earlier),
    ]
    again = await room.passkeys.own.add(asking, sent=sent, label="Phone")
    assert again == ChallengeSpent()
    assert room.fresh() == []


async def test_another_name_is_written_down_beside_the_one_before(room: PasskeyRoom) -> None:
    made = await room.owned(Authenticator(), label="Old")
    room.clock.advance(60)
    renamed = await room.passkeys.own.rename(room.asking(), passkey_id=made.id, label="New")
    assert renamed == room.stored(made) == replace(made, label="New")
    detail = (("label", "New"), ("backed_up", "false"), ("label_before", "Old"))
    assert room.fresh() == [room.entry("passkey.rename", *detail, subject=made.id)]


async def test_the_last_passkey_takes_the_backup_codes_along(room: PasskeyRoom) -> None:
    first, second = await room.owned(Authenticator()), await room.owned(Authenticator())
    kept = code(room)
    room.clock.advance(60)
    at, asking = room.clock.now(), room.asking()
    assert await room.passkeys.own.remove(asking, passkey_id=first.id) is None
    assert room.database.passkeys == {second.id: second}
    assert room.database.backup_codes[kept.digest] == kept
    room.app(confirmed_at=None)
    room.fresh()
    assert await room.passkeys.own.remove(asking, passkey_id=second.id) is None
    # An app that waits for its first code is none that they could stand for.
    assert room.database.backup_codes[kept.digest] == replace(kept, spent_at=at)
    detail = (("label", "Key"), ("backed_up", "false"))
    assert room.fresh() == [
        room.entry("passkey.remove", *detail, subject=second.id),
        room.entry("notice.factor_removed", ("factor", "passkey"), ("label", "Key")),
    ]


async def test_an_app_keeps_the_codes(room: PasskeyRoom) -> None:
    made, kept = await room.owned(Authenticator()), code(room)
    room.app()
    await room.passkeys.own.remove(room.asking(), passkey_id=made.id)
    assert room.database.backup_codes[kept.digest] == kept


async def test_what_is_no_passkey_of_ones_own_is_not_found(room: PasskeyRoom) -> None:
    made = await room.owned(Authenticator())
    own = room.passkeys.own
    other = room.asking(user_id=room.user("ada@example.com").id)
    for who, passkey_id in ((other, made.id), (room.asking(), UUID(int=9))):
        said = f"^no passkey {passkey_id}$"
        with pytest.raises(PasskeyNotFound, match=said):
            await own.rename(who, passkey_id=passkey_id, label="Mine")
        with pytest.raises(PasskeyNotFound, match=said):
            await own.remove(who, passkey_id=passkey_id)
    gone = room.asking(user_id=UUID(int=9))
    with pytest.raises(UserNotFound) as caught:
        await own.options(gone)
    assert caught.value.args == UserNotFound(UUID(int=9)).args
    with pytest.raises(UserNotFound, match=str(UUID(int=9))):
        await room.passkeys.factor.for_step_up(room.asking(user_id=UUID(int=9), session_id=made.id))
    assert (room.stored(made), room.fresh()) == (made, [])


async def test_options_tell_until_when_and_the_twenty_first_gets_none(room: PasskeyRoom) -> None:
    asking, until = room.asking(), NOW + CHALLENGE_LASTS
    asked = await room.passkeys.own.options(asking)
    assert isinstance(asked, PasskeyOptions)
    assert asked.expires_at == until
    made = await room.owned(Authenticator())
    sent = await room.made(Authenticator(), asking)
    for number in range(19):
        one = replace(made, id=room.ids.new(), credential_id=bytes([number]))
        room.database.passkeys[one.id] = one
    assert await room.passkeys.own.options(asking) == TooManyPasskeys()
    assert await room.passkeys.own.add(asking, sent=sent, label="X") == TooManyPasskeys()
    assert len(room.database.passkeys) == 20


async def test_a_credential_that_somebody_has_is_taken_for_nobody_else(room: PasskeyRoom) -> None:
    asking = room.asking()
    sent = await room.made(Authenticator(), asking)
    made = await room.owned(Authenticator())
    room.database.passkeys[made.id] = replace(made, credential_id=sent.credential_id)
    assert await room.passkeys.own.add(asking, sent=sent, label="X") == PasskeyTaken()
    assert room.fresh() == []


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_passkeys_take_a_person(room: PasskeyRoom, kind: PrincipalKind) -> None:
    made = await room.owned(Authenticator())
    own, token = room.passkeys.own, room.asking(kind=kind)
    sent = await room.made(Authenticator(), room.asking())
    assert await own.options(token) == NeedsPerson()
    assert await own.add(token, sent=sent, label="X") == NeedsPerson()
    assert await own.rename(token, passkey_id=made.id, label="X") == NeedsPerson()
    assert await own.remove(token, passkey_id=made.id) == NeedsPerson()
    assert (room.database.passkeys, room.fresh()) == ({made.id: made}, [])


@pytest.mark.parametrize("whose", ["owner", "anybody"])
async def test_a_challenge_is_kept_as_its_digest_with_who_may_answer(
    room: PasskeyRoom, whose: str
) -> None:
    user = room.owner if whose == "owner" else None
    bound_to = UUID(int=7) if user is not None else None
    use = room.passkeys.own.use
    asked = await room.within(
        lambda scope: use.ask(scope, Purpose.STEP_UP, user=user, bound_to=bound_to)
    )
    assert len(asked.challenge) == 32
    assert asked.expires_at == NOW + CHALLENGE_LASTS
    assert list(room.database.passkey_challenges.values()) == [
        PasskeyChallenge(
            digest=digest_of(asked.challenge),
            tenant_id=room.tenant.id if user is not None else NOBODY,
            purpose=Purpose.STEP_UP,
            user_id=user.id if user is not None else None,
            bound_to=bound_to,
            expires_at=asked.expires_at,
        )
    ]

    async def take(user: User | None, bound_to: UUID | None, *, at: datetime = NOW) -> bool:
        room.database.passkey_challenges = {one.digest: one for one in kept}

        async def work(scope: IdentityScope) -> bool:
            return await use.take(
                scope,
                asked.challenge,
                purpose=Purpose.STEP_UP,
                user=user,
                bound_to=bound_to,
                at=at,
            )

        taken = await room.within(work)
        # Whatever comes of it, it is used up.
        assert room.database.passkey_challenges == {}
        return taken

    kept = list(room.database.passkey_challenges.values())
    other = room.user("ada@example.com")
    assert await take(user, bound_to)
    assert not await take(other, bound_to)
    assert not await take(user, UUID(int=8))
    assert not await take(user, bound_to, at=asked.expires_at)


async def count(room: PasskeyRoom, user: User, passkey: Passkey, *, shown: int) -> str:
    """Count a use of a passkey, that showed so much."""

    async def work(scope: IdentityScope) -> str:
        return await room.passkeys.own.use.count(
            scope,
            user,
            passkey=passkey,
            answered=PasskeyAnswer(sign_count=shown, backed_up=False, user_verified=True),
            at=room.clock.now(),
            trace_id=TRACE,
        )

    return await room.within(work)


async def test_a_use_is_kept_and_a_copy_is_suspected_and_told(room: PasskeyRoom) -> None:
    made = await room.owned(Authenticator())
    room.clock.advance(60)
    at = room.clock.now()
    assert await count(room, room.owner, made, shown=5) == ""
    used = replace(made, sign_count=5, used_at=at)
    assert (room.stored(made), room.fresh()) == (used, [])
    room.clock.advance(60)
    assert await count(room, room.owner, made, shown=5) == "sign_count"
    assert room.stored(made) == used
    detail = (("known", "5"), ("shown", "5"))
    assert room.fresh() == [
        room.entry(CLONE_SUSPECTED, *detail, subject=made.id),
        room.entry("notice.passkey_clone_suspected", ("label", "Key")),
    ]


async def test_one_that_was_removed_or_is_anothers_by_now_is_not_used(room: PasskeyRoom) -> None:
    made = await room.owned(Authenticator())
    assert await count(room, room.user("ada@example.com"), made, shown=5) == "removed"
    assert room.stored(made) == made
    del room.database.passkeys[made.id]
    assert await count(room, room.owner, made, shown=5) == "removed"
    assert room.fresh() == []


async def test_passkeys_are_a_factor_of_who_has_one(room: PasskeyRoom) -> None:
    kinds = room.kinds
    await room.owned(Authenticator())
    other = room.user("ada@example.com")
    assert await kinds.kinds(room.owner.id) == {FactorKind.PASSKEY}
    assert await kinds.kinds(other.id) == frozenset()
    for user_id, removed in ((other.id, 0), (room.owner.id, 1)):
        # It runs before the loop goes on.
        assert await room.within(lambda scope: kinds.remove_all(scope, user_id=user_id)) == removed  # noqa: B023 - as said
    assert room.database.passkeys == {}
