"""Several lost keys are counted one by one."""

from uuid import UUID

from domain.audit.chain import ChainCheck, Head, linked
from domain.audit.macs import audit_keys
from tests.unit.domain.audit.test_chain import KEYS, TENANT, written


def test_each_place_that_a_lost_key_signed_is_counted() -> None:
    entries = [written(seq) for seq in (1, 2, 3)]
    lost = linked(entries, heads={}, key=audit_keys(b"9" * 32).current, adopt_up_to=0)
    vouched = Head(tenant_id=TENANT, position=3, link=lost[2].link)
    check = ChainCheck(tenant_id=TENANT, keys=KEYS, anchors=[vouched], vouched=vouched)
    pairs = zip(lost, entries, strict=True)
    assert [fault for link, entry in pairs for fault in check.look(link, entry)] == []
    assert (check.unproven, check.looked_at) == (3, 3)
    assert lost[0].entry_id == UUID(int=101)
