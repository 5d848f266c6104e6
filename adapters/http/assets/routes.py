"""Route what is asked of assets."""

from datetime import date

import msgspec

from adapters.http.area import AreaRoutes
from adapters.http.reading import Amount
from adapters.http.record_lists import RecordLists
from adapters.http.records import RecordRoutes, shown_as
from adapters.http.wire import rounded
from application.assets.keep_assets import new_asset
from application.shared.keeper import Keeper
from domain.assets.asset import Asset, AssetKind
from domain.identity.access import Permission

PATH = "/api/v1/assets"
ASSET = {
    "kind": "real_estate",
    "name": "House by the lake",
    "value": "420000",
    "currency": "EUR",
    "valued_on": "2025-06-30",
    "appreciation": "0.03",
}


class AssetBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a person writes of an asset; appreciation is the share a year, 0.03 for 3 %."""

    kind: AssetKind
    name: str
    value: Amount
    currency: str
    valued_on: date
    owner: str = ""
    appreciation: Amount = Amount("0")
    note: str = ""


class AssetList(msgspec.Struct, forbid_unknown_fields=True):
    """Assets to be taken in, or handed out: of the same form, whole."""

    assets: list[AssetBody]


class AssetView(msgspec.Struct, kw_only=True):
    """An asset; estimate is what it is worth today by its appreciation, in its currency."""

    id: str
    kind: AssetKind
    name: str
    value: str
    currency: str
    valued_on: str
    owner: str
    appreciation: str
    note: str
    estimate: str
    version: int
    created_at: str


class AssetPage(msgspec.Struct):
    """A page of assets, in the order they were made."""

    items: list[AssetView]
    next_cursor: str | None


def asset_routes(assets: Keeper[Asset]) -> AreaRoutes:
    """Return the routes under /api/v1/assets."""

    def shown(asset: Asset) -> AssetView:
        estimate = asset.worth(assets.changes.clock.now().date())
        return shown_as(AssetView, asset, estimate=rounded(estimate))

    records = RecordRoutes(
        path=PATH,
        one="an asset",
        keeper=assets,
        body=AssetBody,
        made=lambda said, by: new_asset(assets.changes, by=by, **msgspec.structs.asdict(said)),
        view=AssetView,
        shown=shown,
        page=AssetPage,
        read=Permission.ASSETS_READ,
        write=Permission.ASSETS_WRITE,
        example=ASSET,
    )
    lists = RecordLists(records=records, listed=AssetList, known_by="name")
    handlers = [*records.handlers, *lists.handlers]
    return AreaRoutes(path=PATH, tags=["assets"], route_handlers=handlers)
