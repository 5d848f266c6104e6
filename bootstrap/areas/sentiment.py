"""Declare sentiment: the mood of the market and of what is written about it."""

from adapters.http.cases import Case
from adapters.http.sentiment.routes import (
    ANALYZE,
    MOOD,
    PATH,
    TEXTS,
    fear_greed_routes,
    sentiment_routes,
)
from bootstrap.area import Area

AREA = Area(
    name="sentiment",
    sentence="The mood of the market between fear and greed, and the tone of texts.",
    routes=lambda _: (fear_greed_routes(), sentiment_routes()),
    cases={
        f"POST {PATH}/calculate": Case(body=MOOD),
        f"POST {ANALYZE}/analyze": Case(body=TEXTS),
    },
)
