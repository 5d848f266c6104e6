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
from tests.succession_rig import OWNER, TENANT, TRUSTEES, Crash, SuccessionRig

OWNS, ONE, KEY, NEXT = (pyrage.x25519.Identity.generate() for _ in range(4))
ANN, BEN, _ = TRUSTEES
THE_OWNER = Reader(TENANT, OWNER, owns=True)
THE_KEY = str(KEY.to_public())
A_NEW_KEY = str(NEXT.to_public())


def reader(user_id: UUID) -> Reader:
    return Reader(TENANT, user_id, owns=False)


class LetterRig(SuccessionRig):
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
async def rig() -> LetterRig:
    made = LetterRig(tick_s=3_600.0)
    await made.use_key()
    return made


async def test_a_delayed_letter_is_its_readers_from_the_release_on(rig: LetterRig) -> None:
    letter = await rig.seal()
    for who in map(reader, (ANN, BEN)):
        assert await rig.names(who) == []
        with pytest.raises(Absent):
            await rig.read(letter.id, by=who)
    await rig.release()
    _, content = await rig.read(letter.id, by=reader(ANN))
    assert pyrage.decrypt(content, [KEY]) == b"will"
    # Released or not, it names her alone.
    assert await rig.names(reader(BEN)) == []
    with pytest.raises(Absent):
        await rig.read(letter.id, by=reader(BEN))


async def test_who_has_read_a_letter_stands_in_the_trail_and_who_was_refused_does_not(
    rig: LetterRig,
) -> None:
    letter = await rig.seal(handover=Handover.AT_ONCE)
    with pytest.raises(Absent):
        await rig.read(letter.id, by=reader(BEN))
    assert "letter.read" not in rig.actions()
    for who in (THE_OWNER, reader(ANN)):
        await rig.read(letter.id, by=who)
    told = [one for one in rig.database.audit if one.action == "letter.read"]
    assert [one.actor for one in told] == [f"user:{OWNER}", f"user:{ANN}"]
    for one in told:
        assert (one.subject, dict(one.detail)["sha256"]) == (str(letter.id), letter.sha256)
        assert (one.before, one.after) == ((), ())


async def test_a_letter_that_nobody_could_note_is_not_handed_over(rig: LetterRig) -> None:
    letter = await rig.seal(handover=Handover.AT_ONCE)
    before = len(rig.database.audit)
    for uses in range(3):
        rig.dies_after = uses
        with pytest.raises(Crash):
            await rig.read(letter.id, by=reader(ANN))
        rig.restart()
        assert len(rig.database.audit) == before


async def test_a_veto_takes_letters_back(rig: LetterRig) -> None:
    letter = await rig.seal()
    await rig.release()
    await rig.use.acts.veto(by=rig.by())
    with pytest.raises(Absent):
        await rig.read(letter.id, by=reader(ANN))


async def test_a_letter_for_at_once_is_read_at_once_and_the_owner_reads_all(
    rig: LetterRig,
) -> None:
    now = await rig.seal("now", handover=Handover.AT_ONCE)
    later = await rig.seal("later")
    assert await rig.names(reader(ANN)) == ["now"]
    assert await rig.names(THE_OWNER) == ["now", "later"]
    for letter in (now, later):
        _, content = await rig.read(letter.id, by=THE_OWNER)
        assert pyrage.decrypt(content, [OWNS]) == letter.name.encode()
    await rig.read(now.id, by=reader(ANN))


async def test_nothing_is_handed_over_while_the_state_cannot_be_read(rig: LetterRig) -> None:
    letter = await rig.seal()
    await rig.release()
    stored = rig.database.records[CLOCKS.table]
    stored[next(iter(stored))] = None  # what no clock can be
    with pytest.raises((StorageCorrupt, AttributeError)):
        await rig.read(letter.id, by=reader(ANN))
    with pytest.raises((StorageCorrupt, AttributeError)):
        await rig.names(reader(ANN))


async def test_a_new_key_replaces_every_letter_or_none(rig: LetterRig) -> None:
    old = [await rig.seal(name, handover=Handover.AT_ONCE) for name in ("will", "deed")]
    await rig.seal("will", key=A_NEW_KEY, handover=Handover.AT_ONCE)
    # What is being sealed anew is the owner's alone, until all of it is there.
    assert await rig.names(reader(ANN)) == ["will", "deed"]
    with pytest.raises(LettersMissing, match="deed"):
        await rig.use_key(A_NEW_KEY)
    assert (await rig.letters.key(tenant_id=TENANT)).recipient == THE_KEY
    await rig.seal("deed", key=A_NEW_KEY, handover=Handover.AT_ONCE)
    await rig.use_key(A_NEW_KEY)
    for letter in old:
        with pytest.raises(Absent):
            await rig.read(letter.id, by=THE_OWNER)
    kept = rig.database.records[CONTENTS.table].values()
    assert len(kept) == 2
    assert len(rig.database.records[LETTERS.table]) == 2
    for one in kept:
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(one.content, [KEY])
    assert sorted(await rig.names(reader(ANN))) == ["deed", "will"]
    assert rig.actions().count("letter.deleted") == 2


@pytest.mark.parametrize("uses", range(1, 40))
async def test_a_crash_in_between_leaves_the_old_letters_or_the_new(
    rig: LetterRig, uses: int
) -> None:
    await rig.seal()
    await rig.seal(key=A_NEW_KEY)
    rig.dies_after = uses
    try:
        await rig.use_key(A_NEW_KEY)
    except Exception:  # noqa: BLE001 - whatever the process died of
        rig.restart()
    rig.dies_after = -1
    key = (await rig.letters.key(tenant_id=TENANT)).recipient
    letters = await rig.letters.list(by=THE_OWNER)
    assert [one.sealed_for for one in letters] in ([A_NEW_KEY], [THE_KEY, A_NEW_KEY])
    assert (key == A_NEW_KEY) is (len(letters) == 1)


async def test_what_was_begun_under_a_third_key_is_destroyed_too(rig: LetterRig) -> None:
    await rig.seal(key=str(ONE.to_public()))
    await rig.use_key(A_NEW_KEY)
    assert await rig.names(THE_OWNER) == []
    assert not rig.database.records[CONTENTS.table]


async def test_a_letter_is_destroyed_with_its_content(rig: LetterRig) -> None:
    letter = await rig.seal()
    await rig.letters.remove(letter.id, by=rig.by())
    assert not rig.database.records[CONTENTS.table]
    with pytest.raises(Absent):
        await rig.letters.remove(letter.id, by=rig.by())
    assert rig.actions() == ["letter_key.set", "letter.created", "letter.deleted"]


async def test_a_name_is_taken_once_for_a_key_and_readers_are_people(rig: LetterRig) -> None:
    await rig.seal()
    with pytest.raises(NameTaken):
        await rig.seal()
    await rig.seal(key=A_NEW_KEY)
    with pytest.raises(InvalidValue, match=r"readers\[1\]"):
        await rig.seal("deed", readers=(ANN, UUID(int=99)))
