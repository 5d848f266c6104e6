"""Say how an asset looks in requests and answers."""

from datetime import date

import msgspec

from adapters.http.reading import Amount
from adapters.http.wire import moment, rounded, text_of
from application.assets.keep_assets import AssetFields
from domain.assets.asset import Asset, AssetKind


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

    def fields(self) -> AssetFields:
        """Return what the use cases take."""
        return AssetFields(**msgspec.structs.asdict(self))


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


class ImportedView(msgspec.Struct):
    """How many of a list were new, changed, and as they were."""

    added: int
    changed: int
    unchanged: int


def asset_view(asset: Asset, *, today: date) -> AssetView:
    """Show an asset."""
    return AssetView(
        id=str(asset.id),
        kind=asset.kind,
        name=asset.name,
        value=text_of(asset.value),
        currency=asset.currency,
        valued_on=asset.valued_on.isoformat(),
        owner=asset.owner,
        appreciation=text_of(asset.appreciation),
        note=asset.note,
        estimate=rounded(asset.worth(today)),
        version=asset.version,
        created_at=moment(asset.created_at),
    )


def asset_body(asset: Asset) -> AssetBody:
    """Show an asset as it can be taken in again."""
    return AssetBody(
        kind=asset.kind,
        name=asset.name,
        value=Amount(text_of(asset.value)),
        currency=asset.currency,
        valued_on=asset.valued_on,
        owner=asset.owner,
        appreciation=Amount(text_of(asset.appreciation)),
        note=asset.note,
    )
