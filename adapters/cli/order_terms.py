"""Write an order's terms as the server takes them."""

from typing import Any

from adapters.cli.failures import CommandFailed


def terms_of(
    symbol: str,
    side: str,
    quantity: str,
    *,
    limit: str | None,
    stop: str | None,
    trail: str | None,
    type: str | None,
    tif: str,
    expires_at: str | None,
) -> dict[str, Any]:
    """Return the body of an order; its type is the one that the prices mean, if none is given."""
    body: dict[str, Any] = {
        "symbol": symbol.upper(),
        "side": side.lower(),
        "type": type or _type(limit=limit, stop=stop, trail=trail),
        "quantity": quantity,
        "time_in_force": tif,
    }
    optional = {"limit_price": limit, "stop_price": stop, "expires_at": expires_at}
    body |= {name: value for name, value in optional.items() if value is not None}
    if trail is not None:
        body["trail"] = trail.removesuffix("%")
        body["trail_kind"] = "percent" if trail.endswith("%") else "amount"
    return body


def _type(*, limit: str | None, stop: str | None, trail: str | None) -> str:
    """Return the order type that the prices given mean."""
    match limit, stop, trail:
        case None, None, None:
            return "market"
        case _, None, None:
            return "limit"
        case None, _, None:
            return "stop"
        case None, _, _:
            return "trailing_stop"
        case _, _, None:
            return "stop_limit"
        case _:
            raise CommandFailed("--trail does not go with --limit", code=2)
