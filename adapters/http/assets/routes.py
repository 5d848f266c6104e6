"""Route what is asked of assets."""

from functools import partial

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler

from adapters.http.area import AreaRoutes
from adapters.http.assets.schemas import (
    AssetBody,
    AssetList,
    AssetPage,
    AssetView,
    ImportedView,
    asset_body,
    asset_view,
)
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.reading import decoder_of
from adapters.http.versions import etag_of, seen_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    principal_of,
)
from application.assets.keep_assets import Imported, KeepAssets
from application.shared.change import Once
from domain.assets.asset import ASSETS_MAX, Asset
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
_ASSET = decoder_of(AssetBody)
_LIST = decoder_of(AssetList)
_READ, _WRITE = Permission.ASSETS_READ, Permission.ASSETS_WRITE


def asset_routes(assets: KeepAssets) -> AreaRoutes:
    """Return the routes under /api/v1/assets."""
    handlers = [*_all(assets), *_lists(assets), *_one(assets)]
    return AreaRoutes(path=PATH, tags=["assets"], route_handlers=handlers)


def _all(assets: KeepAssets) -> list[HTTPRouteHandler]:
    def made(asset: Asset) -> Answer:
        headers = {"ETag": etag_of(asset.version), "Location": f"{PATH}/{asset.id}"}
        return answer(_view(assets, asset), status=201, headers=headers)

    def kept(asset: Asset) -> tuple[int, bytes]:
        return 201, encode(_view(assets, asset))

    @post(
        "/",
        **described(
            "Add an asset",
            permission=_WRITE,
            body=AssetBody,
            answers={201: AssetView},
            problems=(409,),
            example=ASSET,
            idempotent=True,
        ),
    )
    async def add(request: HttpRequest) -> Answer:
        body = await body_of(request)
        fields = decode(body, decoder=_ASSET).fields()
        once: Once[Asset] | None = once_of(request, body, render=kept)
        return first_or_again(await assets.add(fields, by=asker_of(request), once=once), made)

    @get(
        "/",
        **described(
            "List assets in the order they were made",
            permission=_READ,
            answers={200: AssetPage},
            problems=(400,),
        ),
    )
    async def list_assets(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await assets.keeper.list(
            tenant_id=principal_of(request).tenant_id, limit=limit + 1, after=after_of(cursor)
        )
        return paged(found, limit=limit, shown=partial(_view, assets), page=AssetPage)

    return [add, list_assets]


def _lists(assets: KeepAssets) -> list[HTTPRouteHandler]:
    def view(done: Imported) -> ImportedView:
        return ImportedView(done.added, done.changed, done.unchanged)

    def kept(done: Imported) -> tuple[int, bytes]:
        return 200, encode(view(done))

    @post(
        "/import",
        **described(
            "Take in a whole list or nothing: a known name is changed, an unknown one added",
            permission=_WRITE,
            body=AssetList,
            answers={200: ImportedView},
            problems=(409,),
            example={"assets": [ASSET]},
            idempotent=True,
        ),
    )
    async def take_in(request: HttpRequest) -> Answer:
        body = await body_of(request)
        listed = [one.fields() for one in decode(body, decoder=_LIST).assets]
        once: Once[Imported] | None = once_of(request, body, render=kept)
        done = await assets.take_in(listed, by=asker_of(request), once=once)
        return first_or_again(done, lambda imported: answer(view(imported)))

    @get(
        "/export",
        **described(
            "Hand out all assets as they can be taken in again",
            permission=_READ,
            answers={200: AssetList},
        ),
    )
    async def hand_out(request: HttpRequest) -> Answer:
        found = await assets.keeper.list(
            tenant_id=principal_of(request).tenant_id, limit=ASSETS_MAX
        )
        return answer(AssetList([asset_body(one) for one in found]))

    return [take_in, hand_out]


def _one(assets: KeepAssets) -> list[HTTPRouteHandler]:
    def shown(asset: Asset) -> Answer:
        return answer(_view(assets, asset), headers={"ETag": etag_of(asset.version)})

    @get(
        "/{asset_id:uuid}",
        **described(
            "Show an asset; its version is in ETag",
            permission=_READ,
            answers={200: AssetView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, asset_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return shown(await assets.keeper.get(asset_id, tenant_id=tenant_id))

    @put(
        "/{asset_id:uuid}",
        **described(
            "Replace an asset; with If-Match only if nobody changed it since",
            permission=_WRITE,
            body=AssetBody,
            answers={200: AssetView},
            problems=(404, 409),
            example=ASSET,
            if_match=True,
        ),
    )
    async def change(request: HttpRequest, asset_id: PathId) -> Answer:
        seen = seen_of(request, what="asset")
        fields = decode(await body_of(request), decoder=_ASSET).fields()
        return shown(await assets.change(asset_id, fields, by=asker_of(request), expected=seen))

    @delete(
        "/{asset_id:uuid}",
        **described(
            "Delete an asset",
            permission=_WRITE,
            answers={204: None},
            problems=(404, 409),
            if_match=True,
        ),
    )
    async def remove(request: HttpRequest, asset_id: PathId) -> None:
        seen = seen_of(request, what="asset")
        await assets.keeper.remove(asset_id, by=asker_of(request), expected=seen)

    return [show, change, remove]


def _view(assets: KeepAssets, asset: Asset) -> AssetView:
    return asset_view(asset, today=assets.changes.clock.now().date())
