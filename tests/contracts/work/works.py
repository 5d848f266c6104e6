"""What every keeper of ordinary records promises."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock
from application.shared.change import ATTEMPTS_MAX, Changes, KeyReused, Once, Replayed
from application.strategies.keep_strategies import STRATEGIES
from application.succession.context import LINKS
from domain.accounts.book_change import Reply
from domain.audit.entry import AuditEntry
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.shared.notices import Notice
from domain.shared.values import InvalidValue
from domain.succession.link import Asks, SuccessionLink
from domain.workspaces.workspace_set import DefaultWorkspace, Workspace, WorkspaceContents
from ports.idempotency import KeyClaim
from ports.risk import RULES
from ports.storage import ConstraintBroken
from ports.transactions import Conflict
from ports.work import AtLeast, AtMost, Work
from ports.workspaces import DEFAULT_WORKSPACES, WORKSPACE_LIST, WORKSPACES
from tests import builders
from tests.contracts.storage import Storage, StorageContract

AT = datetime(2026, 3, 2, 16, 0, 0, 123_456, tzinfo=UTC)
TENANT, STRANGER = UUID(int=1), UUID(int=2)
REPLY = Reply(key="k", request_hash=b"h" * 32, status=201, body=b"{}")


def numbered(number: int) -> UUID:
    """Return an id of the form that all ids have."""
    return UUID(int=(7 << 76) | (0b10 << 62) | number)


def make_rule(number: int, *, tenant_id: UUID = TENANT, **fields: Any) -> Rule:
    """Make a rule that uses every field."""
    plain = Rule(
        id=numbered(number),
        tenant_id=tenant_id,
        name=f"Rule {number}",
        rule_type=RuleType.RESTRICTED_SYMBOL,
        threshold=Decimal("0.500000000000000001"),
        action=Action.HALT,
        is_active=False,
        scope=RuleScope(account_id=UUID(int=5), strategy_id="ema", symbol="AAPL"),
        parameters={"symbols": ("GME", "AMC"), "unit": "money"},
        created_at=AT,
        updated_at=AT,
    )
    return replace(plain, **fields)


def make_entry(number: int) -> AuditEntry:
    """Make an audit entry."""
    return AuditEntry(
        id=numbered(10_000 + number),
        tenant_id=TENANT,
        actor="user:1",
        action="risk_rule.created",
        subject=str(number),
        at=AT,
        detail=(("name", "Rule"),),
    )


def make_notice(number: int, *, channel: str = "risk") -> Notice:
    """Make a notice of no number yet."""
    return Notice(
        id=numbered(20_000 + number),
        tenant_id=TENANT,
        account_id=None,
        channel=channel,
        sequence=0,
        type="risk_rule.created",
        subject=str(number),
        at=AT,
        market_at=AT,
        body={"rule_id": str(number)},
    )


async def store(storage: Storage, *rules: Rule) -> None:
    """Store rules of one tenant."""
    async with storage.works.begin(rules[0].tenant_id) as work:
        for rule in rules:
            await work.records(RULES).add(rule)


def default_of(workspace: Workspace) -> DefaultWorkspace:
    """Make the first state of a person's default: none."""
    return DefaultWorkspace(id=workspace.user_id, tenant_id=TENANT, version=1, default_id=None)


async def save(storage: Storage, *, layout: bytes = b"{}") -> WorkspaceContents:
    """Store a workspace of a tenant that is there."""
    await storage.add_tenant(replace(builders.tenant(), id=TENANT))
    made = WorkspaceContents(
        id=numbered(1),
        tenant_id=TENANT,
        user_id=UUID(int=9),
        name="Écran 1",
        version=1,
        size_bytes=len(layout),
        sha256=hashlib.sha256(layout).digest(),
        created_at=AT,
        updated_at=AT,
        layout=layout,
    )
    async with storage.works.begin(TENANT) as work:
        await work.records(DEFAULT_WORKSPACES).add(default_of(made))
        await work.records(WORKSPACES).add(made)
    return made


async def kept(storage: Storage, rule: Rule) -> Rule | None:
    """Return a rule as it is stored."""
    async with storage.works.look(rule.tenant_id) as look:
        return await look.records(RULES).get(rule.id)


class WorksContract(StorageContract):
    """Subclasses give a fixture `storage` over an empty database."""

    async def test_a_record_is_kept_whole(self, storage: Storage) -> None:
        whole = make_rule(1)
        bare = make_rule(2, scope=RuleScope(), parameters={}, threshold=Decimal(100))
        await store(storage, whole, bare)
        for rule in (whole, bare):
            found = await kept(storage, rule)
            assert found is not None
            assert dict(found.parameters) == dict(rule.parameters)
            assert replace(found, parameters={}) == replace(rule, parameters={})
            assert str(found.threshold) == str(rule.threshold)

    async def test_a_list_goes_on_behind_the_last_and_is_stable_under_inserts(
        self, storage: Storage
    ) -> None:
        await store(storage, *(make_rule(number) for number in (6, 2, 10, 4, 8)))
        async with storage.works.look(TENANT) as look:
            first = await look.records(RULES).list(limit=3)
        await store(storage, make_rule(3), make_rule(9))
        async with storage.works.look(TENANT) as look:
            rest = await look.records(RULES).list(limit=3, after=first[-1].id)
        assert [rule.name for rule in (*first, *rest)] == [f"Rule {n}" for n in (2, 4, 6, 8, 9, 10)]

    async def test_a_list_may_begin_with_the_newest(self, storage: Storage) -> None:
        async def add(work: Work) -> None:
            await work.records(RULES).add_many([make_rule(number) for number in (2, 8, 4, 6)])
            await work.records(RULES).add_many([])

        await changes(storage).run(add, tenant_id=TENANT)
        async with storage.works.look(TENANT) as look:
            first = await look.records(RULES).list(limit=3, newest_first=True)
            rest = await look.records(RULES).list(limit=3, after=first[-1].id, newest_first=True)
        assert [rule.name for rule in (*first, *rest)] == [f"Rule {n}" for n in (8, 6, 4, 2)]

    async def test_many_are_added_or_none(self, storage: Storage) -> None:
        await store(storage, make_rule(5))

        async def add(work: Work) -> None:
            await work.records(RULES).add_many([make_rule(4), make_rule(5)])

        with pytest.raises(ConstraintBroken):
            await changes(storage).run(add, tenant_id=TENANT)
        async with storage.works.look(TENANT) as look:
            assert await look.records(RULES).count() == 1

    async def test_many_may_hold_several_values_each(self, storage: Storage) -> None:
        await storage.add_tenant(replace(builders.tenant(), id=TENANT))
        links = [
            SuccessionLink(
                id=make_rule(number).id,
                tenant_id=TENANT,
                user_id=make_rule(9).id,
                asks=Asks.WELL,
                step=number,
                expires_at=builders.AT,
                digests=frozenset(str(one) for one in range(number)),
            )
            for number in range(3)
        ]
        async with storage.works.begin(TENANT) as work:
            await work.records(LINKS).add_many(links)
        async with storage.works.look(TENANT) as look:
            assert await look.records(LINKS).list(limit=9) == links

    async def test_many_notices_are_numbered_in_their_order(self, storage: Storage) -> None:
        async def tell(work: Work) -> None:
            await work.tell_many([make_notice(number) for number in range(1, 4)])
            await work.tell_many([])

        await changes(storage).run(tell, tenant_id=TENANT)
        told = await self._told(storage, channel="risk")
        assert [(one.sequence, one.id) for one in told] == [
            (number, make_notice(number).id) for number in range(1, 4)
        ]

    async def test_records_are_found_by_their_columns(self, storage: Storage) -> None:
        one, two = UUID(int=71), UUID(int=72)
        scopes = (two, one, None, two)
        await store(
            storage,
            *(make_rule(n, scope=RuleScope(account_id=id_)) for n, id_ in enumerate(scopes, 1)),
        )
        wanted = {
            one: ["Rule 2"],
            None: ["Rule 3"],
            frozenset({None, one}): ["Rule 2", "Rule 3"],
            frozenset({one, two}): ["Rule 1", "Rule 2", "Rule 4"],
            frozenset({None}): ["Rule 3"],
            frozenset[UUID | None](): [],
        }
        async with storage.works.look(TENANT) as look:
            for asked, names in wanted.items():
                where = {"scope_account_id": asked}
                found = await look.records(RULES).list(limit=9, where=where)
                assert [rule.name for rule in found] == names, asked
                assert await look.records(RULES).count(where=where) == len(names)
            with pytest.raises(ValueError, match="risk_rules is not found by name"):
                await look.records(RULES).list(limit=1, where={"name": "Rule 1"})

    async def test_what_no_record_can_have_finds_none(self, storage: Storage) -> None:
        async with storage.works.look(TENANT) as look:
            records = look.records(STRATEGIES)
            for name in ("a\x00b", "\x00", frozenset({"a\x00b"})):
                assert await records.list(limit=9, where={"name": name}) == []
                assert await records.count(where={"name": name}) == 0

    async def test_records_are_found_by_what_is_no_larger_and_no_smaller(
        self, storage: Storage
    ) -> None:
        ends = (AT, None, AT + timedelta(days=1), AT + timedelta(days=2))
        await store(
            storage,
            *(
                make_rule(
                    n, override_until=end, override_threshold=None if end is None else Decimal(1)
                )
                for n, end in enumerate(ends, 1)
            ),
        )
        middle = AT + timedelta(days=1)
        wanted: dict[object, list[str]] = {
            AtMost(middle): ["Rule 1", "Rule 3"],
            AtLeast(middle): ["Rule 3", "Rule 4"],
            AtLeast(AT + timedelta(days=3)): [],
        }
        for asked, names in wanted.items():
            where = {"override_until": asked}
            found = await storage.works.everywhere(RULES, limit=9, where=where)
            assert [rule.name for rule in found] == names, asked
            async with storage.works.look(TENANT) as look:
                assert await look.records(RULES).count(where=where) == len(names)

    async def test_a_transaction_reads_what_it_wrote(self, storage: Storage) -> None:
        rule = make_rule(1)
        async with storage.works.begin(TENANT) as work:
            rules = work.records(RULES)
            await rules.add(rule)
            assert await rules.count() == 1
            assert await rules.update(replace(rule, version=2, name="New"))
            assert [found.name for found in await rules.list(limit=2)] == ["New"]
            await work.answer(REPLY)
            assert await work.answered("k") == REPLY
            assert await rules.remove(rule.id, version=2)
            assert await rules.get(rule.id) is None
        assert await kept(storage, rule) is None

    async def test_only_the_version_that_was_seen_is_changed(self, storage: Storage) -> None:
        rule = make_rule(1)
        await store(storage, rule)
        async with storage.works.begin(TENANT) as work:
            rules = work.records(RULES)
            for version in (1, 3):
                assert not await rules.update(replace(rule, version=version, name="Other"))
            assert not await rules.remove(rule.id, version=2)
            assert not await rules.update(make_rule(404, version=2))
            assert not await rules.remove(numbered(404), version=1)
        found = await kept(storage, rule)
        assert found is not None
        assert (found.name, found.version) == ("Rule 1", 1)

    async def test_an_id_is_taken_once(self, storage: Storage) -> None:
        await store(storage, make_rule(1))
        with pytest.raises(ConstraintBroken):
            await store(storage, make_rule(2), make_rule(1, name="Again"))
        assert await kept(storage, make_rule(2)) is None

    @pytest.mark.parametrize("last", ["add", "audit", "tell", "answer"])
    async def test_whatever_was_done_last_an_exception_leaves_nothing(
        self, storage: Storage, last: str
    ) -> None:
        async def fail() -> None:
            async with storage.works.begin(TENANT) as work:
                for step in ("add", "audit", "tell", "answer"):
                    match step:
                        case "add":
                            await work.records(RULES).add(make_rule(1))
                        case "audit":
                            await work.audit(make_entry(1))
                        case "tell":
                            await work.tell(make_notice(1))
                        case _:
                            await work.answer(REPLY)
                    if step == last:
                        raise RuntimeError("on the way")

        with pytest.raises(RuntimeError, match="on the way"):
            await fail()
        assert await kept(storage, make_rule(1)) is None
        assert await storage.audits(TENANT) == []
        assert (await storage.rule_sets.load(tenant_id=TENANT)).version == 0
        told = storage.journal.last_sequence(tenant_id=TENANT, account_id=None, channel="risk")
        assert await told == 0
        async with storage.works.begin(TENANT) as work:
            assert await work.answered("k") is None

    async def test_entry_notice_and_answer_are_stored_with_the_change(
        self, storage: Storage
    ) -> None:
        async with storage.works.begin(TENANT) as work:
            await work.records(RULES).add(make_rule(1))
            await work.audit(make_entry(1))
            await work.tell(make_notice(1))
            await work.answer(REPLY)
        (entry,) = await storage.audits(TENANT)
        assert (entry.action, entry.detail) == ("risk_rule.created", (("name", "Rule"),))
        (notice,) = await self._told(storage)
        assert notice == replace(make_notice(1), sequence=1)
        async with storage.works.begin(TENANT) as work:
            assert await work.answered("k") == REPLY

    async def test_the_numbers_of_a_channel_have_no_gap(self, storage: Storage) -> None:
        async def tell(number: int) -> None:
            async def change(work: Work) -> None:
                await work.tell(make_notice(number))
                await work.tell(make_notice(100 + number, channel="other"))
                if number % 3 == 0:
                    raise RuntimeError("undone")

            await changes(storage).run(change, tenant_id=TENANT)

        await asyncio.gather(*(tell(number) for number in range(1, 9)), return_exceptions=True)
        for channel in ("risk", "other"):
            told = await self._told(storage, channel=channel)
            assert [notice.sequence for notice in told] == [1, 2, 3, 4, 5, 6]

    async def test_another_tenants_records_are_not_there(self, storage: Storage) -> None:
        rule = make_rule(1)
        await store(storage, rule)
        async with storage.works.begin(TENANT) as work:
            await work.answer(REPLY)
        async with storage.works.begin(STRANGER) as work:
            rules = work.records(RULES)
            assert await rules.get(rule.id) is None
            assert await rules.list(limit=5) == []
            assert await rules.count() == 0
            assert not await rules.remove(rule.id, version=1)
            assert not await rules.update(replace(rule, tenant_id=STRANGER, version=2))
            assert await work.answered("k") is None
            with pytest.raises(ValueError, match="one transaction, two tenants"):
                await rules.add(make_rule(2))
            with pytest.raises(ValueError, match="one transaction, two tenants"):
                await rules.update(replace(rule, version=2))
        assert await kept(storage, rule) is not None

    async def test_a_kind_with_fewer_columns_reads_and_changes_those_alone(
        self, storage: Storage
    ) -> None:
        kept = await save(storage, layout=b"{}" + b" " * (2**20 - 2))
        async with storage.works.begin(TENANT) as work:
            listed = work.records(WORKSPACE_LIST)
            (found,) = await listed.list(limit=2, where={"user_id": kept.user_id})
            assert type(found) is Workspace
            assert await listed.get(kept.id) == found
            assert await listed.update(replace(found, name="New", version=2))
            assert not await listed.update(replace(found, name="Old", version=2))
            after = await work.records(WORKSPACES).get(kept.id)
            assert after == replace(kept, name="New", version=2)
        async with storage.works.begin(TENANT) as work:
            assert await work.records(WORKSPACES).get(kept.id) == after
            assert await work.records(WORKSPACE_LIST).remove(kept.id, version=2)
            assert await work.records(WORKSPACES).get(kept.id) is None

    async def test_a_table_may_call_a_field_otherwise(self, storage: Storage) -> None:
        kept = await save(storage)
        async with storage.works.begin(TENANT) as work:
            defaults = work.records(DEFAULT_WORKSPACES)
            default = await defaults.get(kept.user_id)
            assert default == default_of(kept)
            assert not await defaults.update(replace(default, version=3))
            assert await defaults.update(replace(default, version=2, default_id=kept.id))
            assert await defaults.list(limit=2) == [replace(default, version=2, default_id=kept.id)]
        async with storage.works.begin(STRANGER) as work:
            assert await work.records(DEFAULT_WORKSPACES).get(kept.user_id) is None
            assert await work.records(WORKSPACE_LIST).get(kept.id) is None
            assert not await work.records(WORKSPACE_LIST).remove(kept.id, version=1)

    async def test_every_change_of_a_counted_kind_raises_its_count(self, storage: Storage) -> None:
        rule = make_rule(1)
        versions = [(await storage.rule_sets.load(tenant_id=TENANT)).version]

        async def change(done: Any) -> None:
            async with storage.works.begin(TENANT) as work:
                await done(work.records(RULES))
            versions.append((await storage.rule_sets.load(tenant_id=TENANT)).version)

        await change(lambda rules: rules.add(rule))
        await change(lambda rules: rules.update(replace(rule, version=2)))
        await change(lambda rules: rules.update(replace(rule, version=9)))
        await change(lambda rules: rules.list(limit=5))
        await change(lambda rules: rules.remove(rule.id, version=2))
        await change(lambda rules: rules.remove(rule.id, version=2))
        assert versions == [0, 1, 2, 2, 2, 3, 3]
        assert (await storage.rule_sets.load(tenant_id=STRANGER)).version == 0

    async def test_of_two_at_once_one_wins_and_the_other_sees_it(self, storage: Storage) -> None:
        await store(storage, make_rule(1))

        async def raise_by_one(_: int) -> None:
            async def change(work: Work) -> None:
                rules = work.records(RULES)
                found = await rules.get(numbered(1))
                assert found is not None
                await asyncio.sleep(0)
                assert await rules.update(
                    replace(found, version=found.version + 1, threshold=found.threshold + 1)
                )

            await changes(storage).run(change, tenant_id=TENANT)

        await asyncio.gather(*map(raise_by_one, range(4)))
        found = await kept(storage, make_rule(1))
        assert found is not None
        assert (found.version, found.threshold) == (5, Decimal("4.500000000000000001"))

    async def test_a_limit_that_is_counted_holds_for_all_at_once(self, storage: Storage) -> None:
        async def add(number: int) -> bool:
            async def change(work: Work) -> bool:
                rules = work.records(RULES)
                if await rules.count() >= 2:
                    return False
                await asyncio.sleep(0)
                await rules.add(make_rule(number))
                return True

            return await changes(storage).run(change, tenant_id=TENANT)

        added = await asyncio.gather(*map(add, range(1, 6)))
        assert sorted(added) == [False, False, False, True, True]

    async def test_a_repeated_request_is_answered_byte_for_byte(self, storage: Storage) -> None:
        ran: list[int] = []

        async def ask(number: int, *, request_hash: bytes = b"a" * 32) -> object:
            async def change(work: Work) -> int:
                await work.records(RULES).add(make_rule(number))
                ran.append(number)
                return number

            return await changes(storage).once(
                change,
                tenant_id=TENANT,
                once=Once(
                    key="k", request_hash=request_hash, render=lambda made: (201, b"%d" % made)
                ),
            )

        answers = await asyncio.gather(*map(ask, range(1, 6)))
        first = next(one for one in answers if isinstance(one, int))
        replayed = Replayed(status=201, body=b"%d" % first)
        assert [one for one in answers if one != first] == [replayed] * 4
        assert await ask(9) == replayed
        assert await ask(9, request_hash=b"b" * 32) == KeyReused()
        async with storage.works.look(TENANT) as look:
            assert await look.records(RULES).count() == 1

    async def test_a_key_that_is_claimed_elsewhere_was_used(self, storage: Storage) -> None:
        claimed = await storage.keys.claim(
            tenant_id=TENANT, key="k", request_hash=b"c" * 32, lapse_s=60
        )
        assert isinstance(claimed, KeyClaim)
        async with storage.works.begin(TENANT) as work:
            known = await work.answered("k")
            assert known is not None
            assert known.request_hash == b"c" * 32

        async def answer() -> None:
            async with storage.works.begin(TENANT) as work:
                await work.answer(REPLY)

        with pytest.raises(Conflict):
            await answer()

    async def test_a_conflict_is_tried_again_so_often(self, storage: Storage) -> None:
        tries = 0

        async def change(_: Work) -> None:
            nonlocal tries
            tries += 1
            raise Conflict("another came between")

        with pytest.raises(Conflict):
            await changes(storage).run(change, tenant_id=TENANT)
        assert tries == ATTEMPTS_MAX

    async def _told(self, storage: Storage, *, channel: str = "risk") -> list[Notice]:
        return list(
            await storage.journal.replay(
                tenant_id=TENANT, account_id=None, channel=channel, after_sequence=0, limit=99
            )
        )


class RefusingWorksContract(StorageContract):
    """What only a table with columns of its own can refuse."""

    @pytest.mark.parametrize(
        ("fields", "column"),
        [({"name": "a\x00b"}, "name"), ({"version": 2**63}, "version")],
    )
    async def test_a_value_that_the_table_cannot_hold_is_named(
        self, storage: Storage, fields: dict[str, Any], column: str
    ) -> None:
        rule = make_rule(1)
        for name, value in fields.items():
            # Past the record's own checks, which are others for each kind.
            object.__setattr__(rule, name, value)
        with pytest.raises(InvalidValue) as told:
            await store(storage, rule)
        assert told.value.field == column


def changes(storage: Storage) -> Changes:
    """Return where records are changed, for changes that name nothing new."""
    clock = ManualClock(AT)
    return Changes(works=storage.works, clock=clock, ids=SeededIds(clock=clock, seed=1))
