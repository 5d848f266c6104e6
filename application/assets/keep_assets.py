"""Keep assets: one by one, or as a whole list that is taken in or refused together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Self
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from application.shared.keeper import Keeper
from domain.assets.asset import ASSETS_MAX, Asset, AssetKind, describe_asset
from domain.shared.refusals import Conflicting
from domain.shared.values import InvalidValue
from ports.work import Kind, Work

ASSETS = Kind("assets", Asset, find_by=("name", "kind"))


class NameTaken(Conflicting):
    """Another asset has that name."""

    slug, title, meaning = "asset-name-taken", "Asset name taken", "Another asset has that name."


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFields:
    """What a person writes of an asset."""

    kind: AssetKind
    name: str
    value: Decimal
    currency: str
    valued_on: date
    owner: str = ""
    appreciation: Decimal = Decimal(0)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many of a list were new, changed, and as they were."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAssets:
    """Everything that can be asked of a tenant's assets."""

    keeper: Keeper[Asset]

    @property
    def changes(self) -> Changes:
        """Where assets are changed."""
        return self.keeper.changes

    @classmethod
    def over(cls, changes: Changes) -> Self:
        """Return it over the tenant's records."""
        keeper = Keeper(
            changes=changes,
            kind=ASSETS,
            noun="asset",
            channel="assets",
            described=describe_asset,
            limit=ASSETS_MAX,
        )
        return cls(keeper=keeper)

    async def add(
        self, fields: AssetFields, *, by: Asker, once: Once[Asset] | None = None
    ) -> Asset | Replayed | KeyReused:
        """Store a new asset; raises NameTaken, TooMany, InvalidValue."""
        asset = self._made(fields, by=by)

        async def add(work: Work) -> Asset:
            await _free(work, asset)
            await self.keeper.put(work, asset, before=None, by=by)
            return asset

        return await self.changes.once(add, tenant_id=by.tenant_id, once=once)

    async def change(
        self, id: UUID, fields: AssetFields, *, by: Asker, expected: int | None = None
    ) -> Asset:
        """Replace what was written of an asset; raises Absent, Outdated, NameTaken."""
        written = self._made(fields, by=by)

        async def change(work: Work) -> Asset:
            before = await self.keeper.seen(work, id, expected=expected)
            after = _over(before, written)
            await _free(work, after)
            await self.keeper.put(work, after, before=before, by=by)
            return after

        return await self.changes.run(change, tenant_id=by.tenant_id)

    async def take_in(
        self, listed: Sequence[AssetFields], *, by: Asker, once: Once[Imported] | None = None
    ) -> Imported | Replayed | KeyReused:
        """Store all of a list or nothing: a known name is changed, an unknown one is added.

        Raises InvalidValue with the place in the list, TooMany.
        """
        wanted = [self._made(one, by=by, place=f"assets[{n}].") for n, one in enumerate(listed)]
        names: set[str] = set()
        for number, asset in enumerate(wanted):
            if asset.name in names:
                problem = f"stands in the list before: {asset.name}"
                raise InvalidValue(field=f"assets[{number}].name", problem=problem)
            names.add(asset.name)

        async def take_in(work: Work) -> Imported:
            known = {one.name: one for one in await work.records(ASSETS).list(limit=ASSETS_MAX)}
            counts = {"added": 0, "changed": 0, "unchanged": 0}
            for asset in wanted:
                before = known.get(asset.name)
                after = asset if before is None else _over(before, asset)
                if before is not None and replace(after, version=before.version) == before:
                    counts["unchanged"] += 1
                    continue
                await self.keeper.put(work, after, before=before, by=by)
                counts["added" if before is None else "changed"] += 1
            return Imported(**counts)

        return await self.changes.once(take_in, tenant_id=by.tenant_id, once=once)

    def _made(self, fields: AssetFields, *, by: Asker, place: str = "") -> Asset:
        at = self.changes.clock.now()
        try:
            if fields.valued_on > at.date():
                raise InvalidValue(field="valued_on", problem="must not be after today")
            return Asset(
                id=self.changes.ids.new(),
                tenant_id=by.tenant_id,
                created_at=at,
                **{name: getattr(fields, name) for name in AssetFields.__slots__},
            )
        except InvalidValue as wrong:
            raise InvalidValue(field=place + wrong.field, problem=wrong.problem) from None


async def _free(work: Work, asset: Asset) -> None:
    for other in await work.records(ASSETS).list(limit=1, where={"name": asset.name}):
        if other.id != asset.id:
            raise NameTaken(f"there is an asset {asset.name} already: {other.id}")


def _over(before: Asset, written: Asset) -> Asset:
    return replace(written, id=before.id, created_at=before.created_at, version=before.version + 1)
