"""Ask Reddit for the newest posts of its boards.

An app's own token: POST /api/v1/access_token at www.reddit.com with the app's id and secret and
grant_type=client_credentials, answered with access_token and expires_in; then GET
/r/{names}/new at oauth.reddit.com with that token, a Listing of t3 things
(https://github.com/reddit-archive/reddit/wiki/OAuth2, .../wiki/JSON,
https://www.reddit.com/dev/api#GET_new). X-Ratelimit-Reset says when the next period begins, and
the User-Agent has to say whose program asks (https://github.com/reddit-archive/reddit/wiki/API).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from adapters.market_data.news.asking import ask
from adapters.market_data.news.vendors import read_reply, text_of
from ports.news import NewsText, NewsUnavailable
from ports.time import Clock

LIMIT = 100
SITE = "https://www.reddit.com"
# A token is asked for anew so long before it ends.
_EARLY_S = 60.0
_GONE = frozenset({"[removed]", "[deleted]"})


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float


class _Post(msgspec.Struct):
    title: str
    permalink: str
    created_utc: float
    selftext: str = ""
    author: str | None = None


class _Thing(msgspec.Struct):
    data: _Post


class _Things(msgspec.Struct):
    children: list[_Thing]


class _Listing(msgspec.Struct):
    data: _Things


class RedditNews:
    """The newest posts of some boards (port NewsSource)."""

    name = "reddit"

    def __init__(
        self,
        boards: Sequence[str],
        *,
        app_id: str,
        app_secret: str,
        user: str,
        clock: Clock,
        version: str,
        login_base: str = SITE,
        base: str = "https://oauth.reddit.com",
    ) -> None:
        self._posts_url = f"{base}/r/{'+'.join(boards)}/new"
        self._login_url = f"{login_base}/api/v1/access_token"
        self._login = (app_id, app_secret)
        self._headers = {"User-Agent": f"server:ballast:{version or '0'} (by /u/{user})"}
        self._clock = clock
        self._token = ""
        self._ends = 0.0

    async def latest(self) -> Sequence[NewsText]:
        """Return the newest posts; raises NewsUnavailable."""
        if self._clock.monotonic() >= self._ends:
            await self._ask_in()
        try:
            reply = await ask(
                self._posts_url,
                headers={**self._headers, "Authorization": f"Bearer {self._token}"},
                query={"limit": str(LIMIT), "raw_json": "1"},
            )
        except NewsUnavailable:
            # It may have been taken back: the next look asks for another.
            self._ends = 0.0
            raise
        found = read_reply(reply.body, type=_Listing).data.children
        return [_text(one.data) for one in found]

    async def _ask_in(self) -> None:
        asked = self._clock.monotonic()
        reply = await ask(
            self._login_url,
            headers=self._headers,
            form={"grant_type": "client_credentials"},
            login=self._login,
        )
        token = read_reply(reply.body, type=_Token)
        self._token, self._ends = token.access_token, asked + token.expires_in - _EARLY_S


def _text(post: _Post) -> NewsText:
    try:
        at = datetime.fromtimestamp(post.created_utc, tz=UTC)
    except (ValueError, OverflowError, OSError):
        at = None
    return text_of(
        title=post.title,
        text="" if post.selftext in _GONE else post.selftext,
        # The post, also where it links elsewhere: nobody there wrote its title.
        url=f"{SITE}{post.permalink}",
        author=None if post.author in _GONE else post.author,
        at=at,
    )
