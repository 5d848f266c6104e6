"""Keep assets, each known by its name."""

from typing import Any

from application.shared.asker import Asker
from application.shared.change import Changes
from application.shared.keeper import Keeper
from domain.assets.asset import ASSETS_MAX, Asset, describe_asset
from domain.shared.refusals import Conflicting
from domain.shared.values import InvalidValue
from ports.work import Kind, Work

ASSETS = Kind("assets", Asset, find_by=("name", "kind"))


class NameTaken(Conflicting):
    """Another asset has that name."""

    slug, title, meaning = "asset-name-taken", "Asset name taken", "Another asset has that name."


def keep_assets(changes: Changes) -> Keeper[Asset]:
    """Return everything that can be asked of a tenant's assets."""
    return Keeper(
        changes=changes,
        kind=ASSETS,
        noun="asset",
        channel="assets",
        described=describe_asset,
        limit=ASSETS_MAX,
        alone=_free,
        stays=("created_at",),
    )


def new_asset(changes: Changes, *, by: Asker, **written: Any) -> Asset:
    """Return a new asset of what a person wrote; raises InvalidValue."""
    at = changes.clock.now()
    if written["valued_on"] > at.date():
        raise InvalidValue(field="valued_on", problem="must not be after today")
    return Asset(id=changes.ids.new(), tenant_id=by.tenant_id, created_at=at, **written)


async def _free(work: Work, asset: Asset) -> None:
    for other in await work.records(ASSETS).list(limit=1, where={"name": asset.name}):
        if other.id != asset.id:
            raise NameTaken(f"there is an asset {asset.name} already: {other.id}")
