"""Route what is asked of succession."""

import msgspec
from litestar import post

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.reading import Amount, decoder_of
from adapters.http.succession.acting import acting_handlers
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode, text_of
from application.succession.facade import SuccessionUseCases
from domain.identity.access import Permission
from domain.succession.estate_tax import Estate, estate_tax

PATH = "/api/v1/succession"
ESTATE = {"year": 2026, "estate": "20000000", "marital": "2000000", "dsue": "1000000"}


class EstateBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An estate and the taxable gifts of life in US dollars, and what is taken off them."""

    year: int
    estate: Amount
    gifts: Amount = Amount("0")
    marital: Amount = Amount("0")
    charitable: Amount = Amount("0")
    dsue: Amount = Amount("0")


class EstateTaxView(msgspec.Struct, kw_only=True):
    """The federal estate tax in US dollars, and how it came about.

    tentative is the tax on taxable (the estate less marital and charitable, with the gifts);
    gift_tax and credit, the tax on the exclusion, are taken off it.
    """

    tax: str
    taxable: str
    tentative: str
    gift_tax: str
    exclusion: str
    credit: str


_ESTATE = decoder_of(EstateBody)


def succession_routes(succession: SuccessionUseCases) -> AreaRoutes:
    """Return the routes under /api/v1/succession."""

    @post(
        "/estate-tax",
        **described(
            "Work out the federal estate tax of the United States by the tables of a year",
            permission=Permission.SUCCESSION_READ,
            body=EstateBody,
            answers={200: EstateTaxView},
            example=ESTATE,
        ),
    )
    async def tax(request: HttpRequest) -> Answer:
        said = decode(await body_of(request), decoder=_ESTATE)
        owed = estate_tax(Estate(**msgspec.structs.asdict(said)))
        fields = {name: text_of(getattr(owed, name)) for name in EstateTaxView.__struct_fields__}
        return answer(EstateTaxView(**fields))

    return AreaRoutes(
        path=PATH, tags=["succession"], route_handlers=[tax, *acting_handlers(succession)]
    )
