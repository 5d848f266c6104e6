"""Declare assets: what has a value and no ticker."""

from adapters.http.assets.routes import ASSET, PATH, asset_routes
from adapters.http.cases import Case, Thing, record_cases
from application.assets.keep_assets import keep_assets
from application.shared.change import Changes
from application.shared.keeper import Keeper
from bootstrap.area import Area
from domain.assets.asset import Asset


def build(changes: Changes) -> Keeper[Asset]:
    """Build the use cases."""
    return keep_assets(changes)


AREA = Area(
    name="assets",
    sentence="Real estate, vehicles, art and other things without a ticker.",
    builds={"assets": build},
    routes=lambda parts: (asset_routes(parts.of(build)),),
    parameters=frozenset({"asset_id"}),
    things={"asset": Thing(made_by=f"POST {PATH}", body=ASSET, unique="name")},
    cases={
        **record_cases(PATH, noun="asset", body=ASSET, unique="name"),
        f"POST {PATH}/import": Case(
            body={"assets": [{**ASSET, "name": "taken in"}]}, action="asset.created"
        ),
        f"GET {PATH}/export": Case(),
    },
)
