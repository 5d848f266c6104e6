"""Letters are handed to who is named and when it is time; a key is replaced as a whole."""

from datetime import timedelta
from uuid import UUID

import pyrage
import pytest

from application.succession.context import CLOCKS
from application.succession.keep_letters import (
    CONTENTS,
    LETTERS,
    KeepLetters,
    LetterFields,
    LettersMissing,
    NameTaken,
    Reader,
)
from domain.shared.refusals import Absent
from domain.shared.values import InvalidValue
from domain.succession.letter import Handover, Letter
from domain.succession.plan import SuccessionState
from ports.storage import StorageCorrupt
from tests.succession_room import OWNER, TENANT, TRUSTEES, Crash, SuccessionRoom

OWNS, ONE, KEY, NEXT = (pyrage.x25519.Identity.generate() for _ in range(4))
ANN, BEN, _ = TRUSTEES
THE_OWNER = Reader(TENANT, OWNER, owns=True)
THE_KEY = str(KEY.to_public())
A_NEW_KEY = str(NEXT.to_public())


def reader(user_id: UUID) -> Reader:
    return Reader(TENANT, user_id, owns=False)


class LetterRoom(SuccessionRoom):
    """A succession with letters beside it."""

    @property
    def letters(self) -> KeepLetters:
        """What keeps them."""
        return KeepLetters.over(self.use.acts.context)

    async def seal(
        self,
        name: str = "will",
        *,
        key: str = THE_KEY,
        handover: Handover = Handover.ON_RELEASE,
        readers: tuple[UUID, ...] = (ANN,),
    ) -> Letter:
        """Keep a letter."""
        recipients = [OWNS.to_public(), pyrage.x25519.Recipient.from_str(key)]
        fields = LetterFields(
            name=name,
            sealed_for=key,
            content=pyrage.encrypt(name.encode(), recipients),
            handover=handover,
            readers=readers,
        )
        kept = await self.letters.add(fields, by=self.by())
        assert isinstance(kept, Letter)
        return kept

    async def read(self, id: UUID, *, by: Reader) -> tuple[Letter, bytes]:
        """Have somebody read a letter."""
        return await self.letters.read(id, by=by, asked_by=self.by(by.user_id))

    async def use_key(self, key: str = THE_KEY) -> None:
        """Make a key the one in use."""
        await self.letters.set_key(
            recipient=key, threshold=2, trustees=("Ann", "Ben", "Cleo"), by=self.by()
        )

    async def names(self, who: Reader) -> list[str]:
        """List what somebody may have."""
        return [one.name for one in await self.letters.list(by=who)]

    async def release(self) -> None:
        """Let the owner fall silent, and two trustees say so."""
        await self.plan()
        await self.run(timedelta(days=7))
        for trustee in (ANN, BEN):
            await self.use.acts.confirm(trustee=trustee, by=self.by(trustee))
        await self.run(timedelta(days=4))
        assert self.state is SuccessionState.RELEASED

    def actions(self) -> list[str]:
        """What the trail says of letters."""
        return [one.action for one in self.database.audit if one.action.startswith("letter")]


@pytest.fixture
async def room() -> LetterRoom:
    made = LetterRoom(tick_s=3_600.0)
    await made.use_key()
    return made


async def test_a_delayed_letter_is_its_readers_from_the_release_on(room: LetterRoom) -> None:
    letter = await room.seal()
    for who in map(reader, (ANN, BEN)):
        assert await room.names(who) == []
        with pytest.raises(Absent):
            await room.read(letter.id, by=who)
    await room.release()
    _, content = await room.read(letter.id, by=reader(ANN))
    assert pyrage.decrypt(content, [KEY]) == b"will"
    # Released or not, it names her alone.
    assert await room.names(reader(BEN)) == []
    with pytest.raises(Absent):
        await room.read(letter.id, by=reader(BEN))


async def test_who_has_read_a_letter_stands_in_the_trail_and_who_was_refused_does_not(
    room: LetterRoom,
) -> None:
    letter = await room.seal(handover=Handover.AT_ONCE)
    with pytest.raises(Absent):
        await room.read(letter.id, by=reader(BEN))
    assert "letter.read" not in room.actions()
    for who in (THE_OWNER, reader(ANN)):
        await room.read(letter.id, by=who)
    told = [one for one in room.database.audit if one.action == "letter.read"]
    assert [one.actor for one in told] == [f"user:{OWNER}", f"user:{ANN}"]
    for one in told:
        assert (one.subject, dict(one.detail)["sha256"]) == (str(letter.id), letter.sha256)
        assert (one.before, one.after) == ((), ())


async def test_a_letter_that_nobody_could_note_is_not_handed_over(room: LetterRoom) -> None:
    letter = await room.seal(handover=Handover.AT_ONCE)
    before = len(room.database.audit)
    for uses in range(3):
        room.dies_after = uses
        with pytest.raises(Crash):
            await room.read(letter.id, by=reader(ANN))
        room.restart()
        assert len(room.database.audit) == before


async def test_a_veto_takes_letters_back(room: LetterRoom) -> None:
    letter = await room.seal()
    await room.release()
    await room.use.acts.veto(by=room.by())
    with pytest.raises(Absent):
        await room.read(letter.id, by=reader(ANN))


async def test_a_letter_for_at_once_is_read_at_once_and_the_owner_reads_all(
    room: LetterRoom,
) -> None:
    now = await room.seal("now", handover=Handover.AT_ONCE)
    later = await room.seal("later")
    assert await room.names(reader(ANN)) == ["now"]
    assert await room.names(THE_OWNER) == ["now", "later"]
    for letter in (now, later):
        _, content = await room.read(letter.id, by=THE_OWNER)
        assert pyrage.decrypt(content, [OWNS]) == letter.name.encode()
    await room.read(now.id, by=reader(ANN))


async def test_nothing_is_handed_over_while_the_state_cannot_be_read(room: LetterRoom) -> None:
    letter = await room.seal()
    await room.release()
    stored = room.database.records[CLOCKS.table]
    stored[next(iter(stored))] = None  # what no clock can be
    with pytest.raises((StorageCorrupt, AttributeError)):
        await room.read(letter.id, by=reader(ANN))
    with pytest.raises((StorageCorrupt, AttributeError)):
        await room.names(reader(ANN))


async def test_a_new_key_replaces_every_letter_or_none(room: LetterRoom) -> None:
    old = [await room.seal(name, handover=Handover.AT_ONCE) for name in ("will", "deed")]
    await room.seal("will", key=A_NEW_KEY, handover=Handover.AT_ONCE)
    # What is being sealed anew is the owner's alone, until all of it is there.
    assert await room.names(reader(ANN)) == ["will", "deed"]
    with pytest.raises(LettersMissing, match="deed"):
        await room.use_key(A_NEW_KEY)
    assert (await room.letters.key(tenant_id=TENANT)).recipient == THE_KEY
    await room.seal("deed", key=A_NEW_KEY, handover=Handover.AT_ONCE)
    await room.use_key(A_NEW_KEY)
    for letter in old:
        with pytest.raises(Absent):
            await room.read(letter.id, by=THE_OWNER)
    kept = room.database.records[CONTENTS.table].values()
    assert len(kept) == 2
    assert len(room.database.records[LETTERS.table]) == 2
    for one in kept:
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(one.content, [KEY])
    assert sorted(await room.names(reader(ANN))) == ["deed", "will"]
    assert room.actions().count("letter.deleted") == 2


@pytest.mark.parametrize("uses", range(1, 40))
async def test_a_crash_in_between_leaves_the_old_letters_or_the_new(
    room: LetterRoom, uses: int
) -> None:
    await room.seal()
    await room.seal(key=A_NEW_KEY)
    room.dies_after = uses
    try:
        await room.use_key(A_NEW_KEY)
    except Exception:  # noqa: BLE001 - whatever the process died of
        room.restart()
    room.dies_after = -1
    key = (await room.letters.key(tenant_id=TENANT)).recipient
    letters = await room.letters.list(by=THE_OWNER)
    assert [one.sealed_for for one in letters] in ([A_NEW_KEY], [THE_KEY, A_NEW_KEY])
    assert (key == A_NEW_KEY) is (len(letters) == 1)


async def test_what_was_begun_under_a_third_key_is_destroyed_too(room: LetterRoom) -> None:
    await room.seal(key=str(ONE.to_public()))
    await room.use_key(A_NEW_KEY)
    assert await room.names(THE_OWNER) == []
    assert not room.database.records[CONTENTS.table]


async def test_a_letter_is_destroyed_with_its_content(room: LetterRoom) -> None:
    letter = await room.seal()
    await room.letters.remove(letter.id, by=room.by())
    assert not room.database.records[CONTENTS.table]
    with pytest.raises(Absent):
        await room.letters.remove(letter.id, by=room.by())
    assert room.actions() == ["letter_key.set", "letter.created", "letter.deleted"]


async def test_a_name_is_taken_once_for_a_key_and_readers_are_people(room: LetterRoom) -> None:
    await room.seal()
    with pytest.raises(NameTaken):
        await room.seal()
    await room.seal(key=A_NEW_KEY)
    with pytest.raises(InvalidValue, match=r"readers\[1\]"):
        await room.seal("deed", readers=(ANN, UUID(int=99)))
