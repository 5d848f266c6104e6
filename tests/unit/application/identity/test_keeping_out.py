"""Who is kept out: members, command keys and the producers behind them, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from adapters.memory.access import MemoryMembers, MemoryRefusals
from adapters.memory.identity import MemoryPeople
from application.identity import producers, record_refusal
from application.identity.access_commands import AreaTrail, By
from application.identity.people import ManageUsers, NotOneself
from application.identity.producers import Producers
from application.identity.record_refusal import RecordRefusal
from application.identity.unknown_user import UserNotFound
from application.shared.change import ATTEMPTS_MAX
from domain.audit.entry import AuditEntry
from domain.identity.access import Permission, Role
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.factors import Recovery
from domain.identity.member import Member, MemberKind
from domain.identity.tenant import Principal, User
from ports.access import Cancels, LastOwner, MemberChanged
from ports.transactions import Conflict
from tests.unit.application.identity.door import NOW
from tests.unit.application.identity.rig import HOUR, TRACE, Rig

TENANT = UUID(int=1)
CHANGE = IdentityChange(tenant_id=TENANT, user_id=None, kind=ChangeKind.KEY_DISABLED, at=NOW)


class House(Rig):
    """A room with members, whom the owner of another name manages."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[UUID] = []
        self.members = MemoryMembers(self.link)
        self.users_of = ManageUsers(
            deps=self.deps,
            people=MemoryPeople(self.link),
            users=self.users,
            members=self.members,
            changed=self.heard.append,
        )

    def member(self, name: str, **given: object) -> Member:
        """Store a member with the user that they are."""
        user = self.user(f"{name}@example.com")
        whole: dict[str, object] = {
            "id": user.id,
            "tenant_id": self.tenant.id,
            "kind": MemberKind.PERSON,
            "role": Role.OWNER,
            "name": name,
            "created_at": NOW,
            **given,
        }
        # Fields by name: mypy cannot tell which is of what type.
        made = Member(**whole)  # type: ignore[arg-type]
        self.database.members[made.id] = made
        return made


@pytest.fixture
def house() -> House:
    return House()


async def test_who_is_disabled_and_enabled_is_stored_and_told_once(house: House) -> None:
    house.member("ben")
    ada = house.member("ada", role=Role.VIEWER)
    house.clock.advance(60)
    at, asking = house.clock.now(), house.asking()
    for act, action, since in (
        (house.users_of.disable, "user.disable", at),
        (house.users_of.enable, "user.enable", None),
    ):
        house.heard.clear()
        hints = house.told.given
        for _ in range(2):
            user = await act(asking, user_id=ada.id)
            assert isinstance(user, User)
            assert (user.id, user.disabled_at) == (ada.id, since)
        (entry,) = house.fresh()
        assert entry == house.entry(action, subject=ada.id)
        assert house.database.members[ada.id].disabled_at == since
        # In this process at once, the others by the hint.
        assert (house.heard, house.told.given - hints) == ([ada.id], 1)


async def test_a_request_for_recovery_is_canceled_with_an_entry_and_a_notice(
    house: House,
) -> None:
    house.member("ben")
    ada = house.member("ada", role=Role.VIEWER)
    recovery = Recovery(
        id=house.ids.new(),
        tenant_id=house.tenant.id,
        user_id=ada.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    house.database.recoveries[recovery.id] = recovery
    house.clock.advance(60)
    for _ in range(2):
        await house.users_of.disable(house.asking(), user_id=ada.id)
    canceled = replace(recovery, canceled_at=house.clock.now())
    assert house.database.recoveries == {recovery.id: canceled}
    why = (("recovery", str(recovery.id)), ("why", "user.disable"))
    whom = f"user:{ada.id}"
    assert house.fresh() == [
        house.entry("user.disable", subject=ada.id),
        house.entry("recovery.cancel", *why, subject=whom),
        house.entry("notice.recovery_canceled", *why, subject=whom, actor=whom),
    ]
    # The streams say that there is one.
    (event,) = house.database.notices
    assert (event.type, event.sequence) == ("notice.recovery_canceled", 1)


async def test_the_last_owner_and_oneself_stay(house: House) -> None:
    last = house.member("last")
    asking = house.asking()
    assert await house.users_of.disable(asking, user_id=last.id) == LastOwner()
    assert await house.users_of.disable(asking, user_id=house.owner.id) == NotOneself()
    assert (house.database.members, house.heard, house.fresh()) == ({last.id: last}, [], [])


@pytest.mark.parametrize("faster", [1, ATTEMPTS_MAX])
async def test_where_another_change_comes_between_it_is_tried_again_so_many_times(
    house: House, faster: int
) -> None:
    house.member("ben")
    ada = house.member("ada", role=Role.VIEWER)
    tried: list[int] = []

    class Late(MemoryMembers):
        """Another is faster, so often."""

        async def change(
            self, *, member: Member, audit: AuditEntry, cancels: Cancels
        ) -> Member | MemberChanged | LastOwner:
            tried.append(member.version)
            if len(tried) <= faster:
                changed = replace(ada, version=member.version + 1, name="Ada")
                house.database.members[ada.id] = changed
            return await MemoryMembers.change(self, member=member, audit=audit, cancels=cancels)

    late = replace(house.users_of, members=Late(house.link))
    disable = late.disable(house.asking(), user_id=ada.id)
    if faster == ATTEMPTS_MAX:
        with pytest.raises(Conflict, match="changed meanwhile"):
            await disable
        assert (len(tried), house.fresh(), house.heard) == (ATTEMPTS_MAX, [], [])
        return
    assert isinstance(await disable, User)
    stored = house.database.members[ada.id]
    assert (stored.name, stored.disabled_at, len(tried)) == ("Ada", NOW, 2)
    assert [one.action for one in house.fresh()] == ["user.disable"]


async def test_machines_and_strangers_are_no_users(house: House) -> None:
    machine = house.member("robot", kind=MemberKind.MACHINE, role=Role.AGENT)
    for user_id in (machine.id, UUID(int=9)):
        for act in (house.users_of.disable, house.users_of.enable):
            with pytest.raises(UserNotFound) as caught:
                await act(house.asking(), user_id=user_id)
            assert caught.value.args == UserNotFound(user_id).args
    assert house.database.members[machine.id] == machine


@dataclass(slots=True)
class CredentialStatus:
    """Says which keys hold; something may happen while it is asked (part of port Standings)."""

    holding: bool = True
    asked: list[str] = field(default_factory=list)
    beside: Callable[[], None] = lambda: None

    async def key_holds(self, *, tenant_id: UUID, key_id: str, user_id: UUID | None) -> bool:
        """Say it."""
        assert (tenant_id, user_id) == (TENANT, None)
        self.asked.append(key_id)
        self.beside()
        return self.holding

    async def holds(self, principal: Principal) -> bool:
        """Nobody asks for a token here."""
        raise AssertionError(principal)


async def sends(known: Producers, key_id: str = "robot") -> bool:
    return await known.may_send(tenant_id=TENANT, key_id=key_id, actor="robot")


async def test_a_key_that_does_not_hold_is_asked_for_each_time() -> None:
    credential_status = CredentialStatus(holding=False)
    known = Producers(credential_status=credential_status, is_current=lambda: True)
    assert [await sends(known), await sends(known)] == [False, False]
    credential_status.holding = True
    assert [await sends(known), await sends(known)] == [True, True]
    assert len(credential_status.asked) == 3


async def test_what_was_learned_without_the_feed_is_not_kept_for_later() -> None:
    credential_status, current = CredentialStatus(), [False]
    known = Producers(credential_status=credential_status, is_current=lambda: current[0])
    await sends(known)
    current[0] = True
    for _ in range(2):
        assert await sends(known)
    assert len(credential_status.asked) == 2


@pytest.mark.parametrize("heard", ["change", "gap", "both"])
async def test_a_keys_answer_that_something_overtook_is_not_kept(heard: str) -> None:
    credential_status = CredentialStatus()
    known = Producers(credential_status=credential_status, is_current=lambda: True)

    def beside() -> None:
        if heard in ("change", "both"):
            known.changed(CHANGE)
        if heard in ("gap", "both"):
            known.forget()

    credential_status.beside = beside
    for asked in (1, 2, 3):
        assert await sends(known)
        assert len(credential_status.asked) == asked


async def test_so_many_keys_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producers, "KEPT_MAX", 2)
    credential_status = CredentialStatus()
    known = Producers(credential_status=credential_status, is_current=lambda: True)
    for _ in range(2):
        for key_id in ("one", "two", "three"):
            assert await sends(known, key_id)
    assert credential_status.asked == ["one", "two", "three", "three"]


async def test_refusals_of_the_longest_ago_are_forgotten_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_refusal, "KEPT_MAX", 2)
    audited = AreaTrail(clock=house.clock, ids=house.ids)
    record = RecordRefusal(refusals=MemoryRefusals(house.link), audited=audited)
    house.clock.advance(1_000)

    async def refused(number: int) -> bool:
        # Nobody who has no role is told apart from one who has.
        by = By(principal=house.asking(user_id=UUID(int=number)).principal, trace_id=TRACE)
        return await record(
            by=by, permission=Permission.RISK_WRITE, account_id=None, place="POST /x"
        )

    assert [await refused(one) for one in (1, 2, 1, 2)] == [True, True, False, False]
    assert dict(house.database.audit[-1].detail)["role"] == ""
    # The third takes the place of the first, who is written down again.
    assert [await refused(one) for one in (3, 3, 2, 1)] == [True, False, False, True]
