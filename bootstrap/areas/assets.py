"""Declare assets: what has a value and no ticker."""

from adapters.http.assets.routes import ASSET, PATH, asset_routes
from adapters.http.cases import Case, Thing
from application.assets.keep_assets import KeepAssets
from application.shared.change import Changes
from bootstrap.area import Area

_ID = {"asset_id": "asset"}
_ONE = f"{PATH}/{{asset_id}}"


def build(changes: Changes) -> KeepAssets:
    """Build the use cases."""
    return KeepAssets.over(changes)


AREA = Area(
    name="assets",
    sentence="Real estate, vehicles, art and other things without a ticker.",
    builds={"assets": build},
    routes=lambda parts: (asset_routes(parts.of(build)),),
    parameters=frozenset({"asset_id"}),
    things={"asset": Thing(made_by=f"POST {PATH}", body=ASSET, unique="name")},
    cases={
        f"GET {PATH}": Case(),
        f"POST {PATH}": Case(body=ASSET, action="asset.created", unique="name"),
        f"POST {PATH}/import": Case(
            body={"assets": [{**ASSET, "name": "taken in"}]}, action="asset.created"
        ),
        f"GET {PATH}/export": Case(),
        f"GET {_ONE}": Case(ids=_ID),
        f"PUT {_ONE}": Case(ids=_ID, body=ASSET, action="asset.updated", unique="name"),
        f"DELETE {_ONE}": Case(ids=_ID, consumes=True, action="asset.deleted"),
    },
)
