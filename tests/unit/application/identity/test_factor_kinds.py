"""Which second factors a user has: what every provider says, taken together."""

from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from application.identity.factor_kinds import AllFactors
from application.identity.operator_factors import OperatorFactors
from domain.identity.factors import BackupCode, Challenge, FactorKind, Recovery
from ports.identity_scope import IdentityScope
from tests.unit.application.identity.door import EMAIL, NOW
from tests.unit.application.identity.rig import HOUR, Rig

TOTP, PASSKEY, PAPER = FactorKind.TOTP, FactorKind.PASSKEY, FactorKind.BACKUP_CODE


@dataclass(slots=True)
class Provider:
    """Factors of one user (port FactorsOf)."""

    user_id: UUID
    has: set[FactorKind]
    removed_from: list[UUID] = field(default_factory=list)

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Note whose factors are taken."""
        assert scope is not None
        self.removed_from.append(user_id)
        return len(self.has)


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_all_are_taken_away_and_counted(rig: Rig) -> None:
    owner_id = rig.owner.id
    providers = [Provider(owner_id, {TOTP, PAPER}), Provider(owner_id, {PASSKEY})]
    every = AllFactors(deps=rig.deps, providers=providers)
    assert await rig.within(lambda scope: every.remove_all(scope, user_id=owner_id)) == 3
    assert [one.removed_from for one in providers] == [[owner_id], [owner_id]]
    nobody = AllFactors(deps=rig.deps, providers=[])
    assert await rig.within(lambda scope: nobody.remove_all(scope, user_id=owner_id)) == 0


def code(rig: Rig, number: int, *, spent: bool = False) -> BackupCode:
    """Store a backup code of the owner."""
    made = BackupCode(
        digest=bytes([number]),
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        created_at=NOW,
        spent_at=NOW if spent else None,
    )
    rig.database.backup_codes[made.digest] = made
    return made


async def test_an_app_counts_once_it_is_confirmed_and_codes_while_one_is_left(rig: Rig) -> None:
    own = rig.kinds
    assert await own.kinds(rig.owner.id) == frozenset()
    app = rig.app(confirmed_at=None)
    code(rig, 1, spent=True)
    assert await own.kinds(rig.owner.id) == frozenset()
    rig.database.totps[app.id] = replace(app, confirmed_at=NOW)
    assert await own.kinds(rig.owner.id) == {TOTP}
    code(rig, 2)
    assert await own.kinds(rig.owner.id) == {TOTP, PAPER}
    assert await own.kinds(rig.user("ada@example.com").id) == frozenset()
    # Nothing was changed that the feed would have to tell.
    assert rig.told.given == 0


async def test_apps_are_taken_with_the_codes_and_only_those_that_counted_are_told(
    rig: Rig,
) -> None:
    apps = [rig.app(), rig.app(confirmed_at=None), rig.app()]
    kept = code(rig, 1)
    rig.clock.advance(5)
    at = rig.clock.now()
    own = rig.kinds
    removed = await rig.within(lambda scope: own.remove_all(scope, user_id=rig.owner.id))
    assert removed == 2
    assert rig.database.totps == {one.id: replace(one, removed_at=at) for one in apps}
    assert rig.database.backup_codes == {kept.digest: replace(kept, spent_at=at)}


async def test_whoever_holds_the_installation_takes_them_by_name(rig: Rig) -> None:
    factors = rig.kinds
    operator = OperatorFactors(deps=rig.deps, users=rig.users, factors=factors)
    rig.app()
    owner = rig.owner
    asked = Recovery(
        id=rig.ids.new(),
        tenant_id=rig.tenant.id,
        user_id=owner.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    rig.database.recoveries[asked.id] = asked
    challenge = Challenge(
        id=rig.ids.new(),
        tenant_id=rig.tenant.id,
        user_id=owner.id,
        digest=b"digest",
        created_at=NOW,
        expires_at=NOW + HOUR,
        lasting=True,
        remember=False,
        device_label="",
    )
    rig.database.challenges[challenge.id] = challenge
    rig.clock.advance(5)
    at = rig.clock.now()
    assert await operator.kinds(email=EMAIL.upper()) == frozenset({TOTP})
    assert await operator.kinds(email="nobody@example.com") is None
    assert await operator.remove(email="nobody@example.com", actor="operator:ada") is None
    assert rig.fresh() == []
    assert await operator.remove(email=EMAIL, actor="operator:ada") == 1
    assert await operator.kinds(email=EMAIL) == frozenset()
    assert rig.database.recoveries == {asked.id: replace(asked, canceled_at=at)}
    assert rig.database.challenges == {challenge.id: replace(challenge, used_at=at)}
    told = ("factors", "1")
    over = (("recovery", str(asked.id)), ("why", "factor.remove_all"))
    assert rig.fresh() == [
        rig.entry("recovery.cancel", *over, actor="operator:ada", trace_id=""),
        rig.entry("notice.recovery_canceled", *over, trace_id=""),
        rig.entry("factor.remove_all", told, actor="operator:ada", trace_id=""),
        rig.entry("notice.factors_removed", told, trace_id=""),
    ]
    # Once more takes nothing, and is written down all the same.
    assert await operator.remove(email=EMAIL, actor="operator:ada") == 0
    assert [one.detail for one in rig.fresh()] == [(("factors", "0"),)] * 2
