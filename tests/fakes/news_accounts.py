"""Speak what Alpha Vantage and Reddit speak to those who ask them for texts, on loopback.

https://www.alphavantage.co/documentation/#news-sentiment: GET /query of function=NEWS_SENTIMENT,
tickers, topics, sort, limit (up to 1,000) and apikey, answered with `items`, the definitions of
its scores and `feed`; time_published is YYYYMMDDTHHMMSS. What it does not answer comes with status
200, as Information, Note or "Error Message" (https://www.alphavantage.co/support/).
https://github.com/reddit-archive/reddit/wiki/OAuth2: POST of grant_type=client_credentials under
basic authentication of the app's id and secret, answered with access_token, token_type, expires_in
and scope. https://www.reddit.com/dev/api#GET_new and https://github.com/reddit-archive/reddit/wiki/JSON:
GET /r/{names}/new with a bearer token, answered with a Listing of things of the kind t3; 401
without a token that is known. https://github.com/reddit-archive/reddit/wiki/API: the User-Agent.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.provider import Fault
from tests.fakes.web import HOST, Answer, Posted, WebProvider

KEY = "alpha-canary-71c2"
APP, WORD, USER = "app-canary-9d", "word-canary-40", "someone"
# 2026-03-02 15:00 UTC.
AT_S = 1_772_463_600.0
TOKENS_LAST_S = 3_600


def _json(status: int, said: Any, **fields: str) -> Answer:
    return Answer(
        status=status,
        body=json.dumps(said).encode(),
        fields=tuple((name.replace("_", "-"), text) for name, text in fields.items()),
    )


@dataclass(slots=True)
class AlphaVantageServer(WebProvider):
    """A vendor with two articles."""

    @property
    def url(self) -> str:
        """The base of the API."""
        return f"http://{HOST}:{self.port}"

    def take(self, posted: Posted) -> Answer:
        """Answer a question."""
        parts = urlsplit(posted.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if (posted.method, parts.path) != ("GET", "/query"):
            return Answer(status=404)
        if asked.get("function") != "NEWS_SENTIMENT":
            return _json(200, {"Error Message": "This API function does not exist."})
        if asked.get("apikey") != KEY:
            return _json(200, {"Error Message": "the parameter apikey is invalid or missing."})
        return _json(200, {"items": "2", "feed": [_ARTICLE, _BARE_ARTICLE][: int(asked["limit"])]})

    def refuse(self, fault: Fault) -> Answer:
        """Say no, for now or for good: both with status 200, and with the key."""
        if fault is Fault.BUSY:
            said = f"We have detected your API key as {KEY} and our limit is 25 requests per day."
            return _json(200, {"Information": said})
        return _json(200, {"Error Message": f"Invalid inputs with {KEY}."})


_ARTICLE = {
    "title": "Apple profit rose",
    "url": "https://www.reuters.com/a",
    "time_published": "20260302T150000",
    "authors": ["A. Writer", "B. Writer"],
    "summary": "Costs fell.",
    "banner_image": None,
    "source": "Reuters",
    "category_within_source": "n/a",
    "source_domain": "www.reuters.com",
    "topics": [{"topic": "Earnings", "relevance_score": "0.99"}],
    "overall_sentiment_score": 0.31,
    "overall_sentiment_label": "Somewhat-Bullish",
    "ticker_sentiment": [
        {
            "ticker": ticker,
            "relevance_score": "0.5",
            "ticker_sentiment_score": "0.2",
            "ticker_sentiment_label": "Somewhat-Bullish",
        }
        for ticker in ("AAPL", "CRYPTO:BTC", "AAPL")
    ],
}
_BARE_ARTICLE = {
    "title": "Shares fell",
    "url": "",
    "time_published": "",
    "authors": [],
    "summary": "",
    "ticker_sentiment": [],
}


@dataclass(slots=True)
class RedditServer(WebProvider):
    """A site with one app, whose tokens can be taken back."""

    tokens: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base of both hosts."""
        return f"http://{HOST}:{self.port}"

    def take(self, posted: Posted) -> Answer:
        """Give a token, or the posts of boards."""
        if f"(by /u/{USER})" not in posted.fields.get("user-agent", ""):
            return _json(429, {"message": "Too Many Requests", "error": 429})
        if (posted.method, posted.path) == ("POST", "/api/v1/access_token"):
            return self._token(posted)
        parts = urlsplit(posted.path)
        if (posted.method, parts.path) != ("GET", "/r/stocks+investing/new"):
            return _json(404, {"message": "Not Found", "error": 404})
        if posted.fields.get("authorization") not in {f"Bearer {one}" for one in self.tokens}:
            return _json(401, {"message": "Unauthorized", "error": 401})
        limit = int(parse_qs(parts.query).get("limit", ["25"])[0])
        things = [{"kind": "t3", "data": one} for one in (_POST, _GONE_POST)[:limit]]
        listing = {"after": None, "before": None, "dist": len(things), "children": things}
        return _json(200, {"kind": "Listing", "data": listing}, X_Ratelimit_Remaining="995.0")

    def refuse(self, fault: Fault) -> Answer:
        """Say no, for now or for good."""
        if fault is Fault.BUSY:
            said = {"message": "Too Many Requests", "error": 429}
            return _json(429, said, X_Ratelimit_Reset="417.0")
        return _json(403, {"message": "Forbidden", "error": 403})

    def _token(self, posted: Posted) -> Answer:
        known = base64.b64encode(f"{APP}:{WORD}".encode()).decode()
        if posted.fields.get("authorization") != f"Basic {known}":
            return _json(401, {"message": "Unauthorized", "error": 401})
        if parse_qs(posted.body.decode()) != {"grant_type": ["client_credentials"]}:
            return _json(200, {"error": "unsupported_grant_type"})
        self.tokens.append(f"token-canary-{len(self.tokens)}")
        return _json(
            200,
            {
                "access_token": self.tokens[-1],
                "token_type": "bearer",
                "expires_in": TOKENS_LAST_S,
                "scope": "*",
            },
        )


_POST = {
    "title": "Apple profit rose",
    "selftext": "Costs fell &amp; I bought.",
    "author": "holder",
    "subreddit": "stocks",
    "permalink": "/r/stocks/comments/abc/apple_profit_rose/",
    "url": "https://elsewhere.example/a",
    "is_self": False,
    "created_utc": AT_S,
    "score": 17,
    "num_comments": 3,
}
_GONE_POST = {
    "title": "Shares fell",
    "selftext": "[removed]",
    "author": "[deleted]",
    "subreddit": "investing",
    "permalink": "/r/investing/comments/abd/shares_fell/",
    "created_utc": AT_S,
}
