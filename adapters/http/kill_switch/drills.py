"""Route what is asked of drills."""

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.paging import LIMIT_DEFAULT, Limit
from adapters.http.wire import Answer, answer
from application.kill_switch.keep_drills import KeepDrills
from domain.identity.access import Permission


class DrillVenueView(msgspec.Struct):
    """One venue of a drill; escalated is one whose own reading did not show it empty in time."""

    name: str
    orders: int
    confirmed: bool
    escalated: bool
    confirmed_ms: float | None
    problem: str


class SpreadView(msgspec.Struct):
    """How long it took until a venue showed nothing open, over the orders of those that did."""

    p50: float
    p99: float
    max: float


class DrillFiguresView(msgspec.Struct, kw_only=True):
    """A drill as it was signed."""

    id: str
    at: str
    orders: int
    broadcast_ms: float
    confirmation_ms: SpreadView | None
    venues: list[DrillVenueView]


class DrillView(DrillFiguresView, kw_only=True):
    """A drill; signature_holds says that a key of this installation has signed it as it is."""

    signature: str
    signature_holds: bool


class DrillPage(msgspec.Struct):
    """Drills, the last first."""

    items: list[DrillView]


_FIGURES = msgspec.json.Decoder(DrillFiguresView)


def drill_routes(drills: KeepDrills) -> list[HTTPRouteHandler]:
    """Return the routes of drills."""

    @get(
        "/drills",
        **described(
            "List the latest drills of this installation; `ballast kill drill` makes one",
            permission=Permission.RISK_READ,
            answers={200: DrillPage},
            problems=(400,),
        ),
    )
    async def list_drills(limit: Limit = LIMIT_DEFAULT) -> Answer:
        found = [
            DrillView(
                **msgspec.structs.asdict(_FIGURES.decode(drill.text)),
                signature=drill.signature,
                signature_holds=holds,
            )
            for drill, holds in await drills.latest(limit)
        ]
        return answer(DrillPage(items=found))

    return [list_drills]
