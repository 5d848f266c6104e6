"""What a change between reading and writing does, and what else nobody had looked at."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from application.secrets.commands import KeyFields
from application.secrets.create_key import CreateKey
from application.secrets.rotate_key import RotateKey
from application.secrets.turn_over import TurnedOver
from application.secrets.verify_key import VerifyKey
from application.shared.asker import Asker
from domain.secrets.keys import KeyState
from ports.secrets import SecretsSealed
from ports.transactions import Conflict
from tests import builders
from tests.secret_rig import SecretRig
from tests.unit.application.secrets.test_trail import ASKER, FIRST, SECOND, TRADING, created


@pytest.fixture
async def rig(tmp_path: Path) -> SecretRig:
    rig = SecretRig(folder=tmp_path)
    await rig.vault.refresh()
    for credentials in (FIRST, SECOND):
        rig.book.issue(credentials, permissions=TRADING)
    return rig


async def test_what_changed_meanwhile_is_named(
    rig: SecretRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await created(rig)
    context = rig.context()
    stale = replace(key, version=0)

    async def found(**_: Any) -> Any:
        return stale

    monkeypatch.setattr(type(context), "find", lambda self, **said: found(**said))
    said = f"^API key {key.id} changed meanwhile$"
    given: dict[str, Any] = {"key_id": key.id, "asker": ASKER}
    for work in (
        lambda: RotateKey(context=context)(SECOND, **given),
        lambda: VerifyKey(context=context)(**given),
    ):
        with pytest.raises(Conflict, match=said):
            await work()


async def test_a_key_that_holds_no_more_is_unverified_and_its_trail_has_ids(
    rig: SecretRig,
) -> None:
    key = await created(rig)
    rig.book.revoke(FIRST.key)
    checked = await VerifyKey(context=rig.context())(key_id=key.id, asker=ASKER)
    assert checked.key.verified is False
    ids = [one.id for one in rig.database.audit]
    ids += [one.id for one in rig.database.notices]
    assert None not in ids
    assert len(set(ids)) == len(ids) == 4


async def test_a_version_is_retired_at_a_time(rig: SecretRig) -> None:
    await rig.fill(1)
    rig.clock.advance(5)
    await rig.rotate()
    first, _ = await rig.marks.all()
    assert (first.state, first.retired_at) == (KeyState.RETIRED, rig.clock.now())


async def test_a_sealed_vault_says_why_before_a_broker_is_asked(rig: SecretRig) -> None:
    await rig.fill(1)
    rig.path.unlink()
    sealed = rig.process()
    await sealed.vault.refresh()
    with pytest.raises(SecretsSealed) as caught:
        sealed.context().check_unsealed()
    assert str(caught.value) == sealed.vault.why_sealed
    assert "is missing" in str(caught.value)
    before = rig.process()
    # Refused before it is looked at.
    nothing: Any = None
    with pytest.raises(SecretsSealed, match=r"^the keys were not read yet$"):
        await CreateKey(context=before.context())(nothing, asker=ASKER)


def test_what_is_counted_begins_at_nothing() -> None:
    assert TurnedOver(to=2, resumed=False).retired == ()
    asker = Asker(tenant_id=builders.new_id(), actor="a")
    assert asker.trace_id == ""
    fields = KeyFields(name="n")
    assert (fields.label, fields.account_id, fields.allows_withdrawal) == ("", None, False)
    assert (fields.expires_at, fields.rotate_every_days) == (None, 90)
