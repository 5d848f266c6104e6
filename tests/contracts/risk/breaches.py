"""What every adapter of Breaches promises."""

from dataclasses import replace
from decimal import Decimal

from domain.risk.breach import Breach
from tests import builders
from tests.contracts.storage import Storage, StorageContract


def _breach() -> Breach:
    return Breach(
        tenant_id=builders.new_id(),
        account_id=builders.new_id(),
        rule_id=builders.new_id(),
        rule_version=3,
        basis="2026-03-02",
        value=Decimal("1000.000000000000000001"),
        limit=Decimal(1000),
    )


class BreachesContract(StorageContract):
    """The promises of Breaches."""

    async def test_what_is_kept_is_loaded_exactly(self, storage: Storage) -> None:
        first, second = _breach(), _breach()
        await storage.breaches.keep(first)
        await storage.breaches.keep(second)
        assert {one.key: one for one in await storage.breaches.load()} == {
            first.key: first,
            second.key: second,
        }

    async def test_a_deeper_one_takes_its_place(self, storage: Storage) -> None:
        first = _breach()
        deeper = replace(first, value=Decimal(1200), basis="2026-03-03", limit=Decimal(900))
        await storage.breaches.keep(first)
        await storage.breaches.keep(deeper)
        assert list(await storage.breaches.load()) == [deeper]

    async def test_what_is_forgotten_is_gone_alone(self, storage: Storage) -> None:
        first = _breach()
        other = replace(first, rule_version=4)
        await storage.breaches.keep(first)
        await storage.breaches.keep(other)
        await storage.breaches.forget(first)
        await storage.breaches.forget(first)
        assert list(await storage.breaches.load()) == [other]
