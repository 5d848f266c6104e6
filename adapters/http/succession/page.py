"""Show what a mailed link asks, and take its button: without a log-in, without a script."""

from html import escape

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.documented import PERMISSION
from adapters.http.open_paths import ANSWERS
from adapters.http.wire import Answer, HttpRequest, body_of, raw, trace_of
from application.succession.answer_link import DeadLink, SuccessionLinks
from domain.succession.link import Asks

# Whoever has the link is whom it was mailed to.
_OPEN = {PERMISSION: None}
_HTML = "text/html"
_BODY_MAX = 1_000

_SAID = {
    Asks.WELL: ("Are you well?", "Nothing happens until you press the button.", "I am well"),
    Asks.VETO: (
        "Take the handover back?",
        "Your trustees take over as your plan says. Nothing happens until you press the button.",
        "Veto the handover",
    ),
    Asks.CONFIRM: (
        "Is the owner gone?",
        (
            "You are asked as a trustee. Press the button only if you know that the owner has died"
            " or cannot act any more. Nothing happens until you press it."
        ),
        "I confirm",
    ),
}
_DONE = {
    Asks.WELL: "Thank you: the clock begins anew.",
    Asks.VETO: "The handover is taken back.",
    Asks.CONFIRM: "Thank you: your confirmation counts.",
}
_DEAD = "This link is used, lapsed or no longer asked. Log in, or wait for the next message."


def answer_pages(links: SuccessionLinks) -> list[HTTPRouteHandler]:
    """Return the page of a link, and its button."""

    @get(f"{ANSWERS}{{link_token:str}}", opt=_OPEN)
    async def page(link_token: FromPath[str]) -> Answer:
        match await links.look(link_token):
            case DeadLink():
                return _page("Succession", f"<p>{escape(_DEAD)}</p>", status=404)
            case link:
                title, text, button = _SAID[link.asks]
                return _page(
                    title,
                    f'<p>{escape(text)}</p><form method="post">'
                    f"<button>{escape(button)}</button></form>",
                )

    @post(f"{ANSWERS}{{link_token:str}}", opt=_OPEN, status_code=200)
    async def press(request: HttpRequest, link_token: FromPath[str]) -> Answer:
        # What a browser sends with an empty form; nothing of it is read.
        await body_of(request, limit=_BODY_MAX, typed=False)
        match await links.press(link_token, trace_id=trace_of(request)):
            case DeadLink():
                return _page("Succession", f"<p>{escape(_DEAD)}</p>", status=404)
            case asked:
                return _page("Succession", f"<p>{escape(_DONE[asked])}</p>")

    return [page, press]


def _page(title: str, body: str, *, status: int = 200) -> Answer:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title></head><body><main><h1>{escape(title)}</h1>{body}"
        "</main></body></html>"
    )
    return raw(text.encode(), status=status, media_type=_HTML)
