"""What is written and said of symbols, and the market's mood, as they come."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.person import Person

# Long enough for this test on a slow machine: what it counts is of one day.
_BEFORE_MIDNIGHT = timedelta(minutes=5)

# Of a process that looks at sources this server has none: what it would have kept is put in.
_STATE = {"looked_at": "2026-01-05T15:00:00Z", "next_at": "2026-01-05T15:05:00Z", "taken": 4}
SOURCES = [
    {
        **_STATE,
        "name": "newsapi",
        "kind": "newsapi",
        "answered_at": "2026-01-05T15:00:00Z",
        "error": "",
        "silent": False,
    },
    {
        **_STATE,
        "name": "rss:a.example:1",
        "kind": "rss",
        "answered_at": None,
        "error": "answered with status 503",
        "silent": True,
    },
]


def _one_day() -> bool:
    now = datetime.now(UTC)
    return (now + _BEFORE_MIDNIGHT).date() == now.date()


def test_texts_spikes_and_the_mood_come_by_themselves(own: Person) -> None:
    own.until(_one_day, within_s=_BEFORE_MIDNIGHT.total_seconds() + 60)
    own.server.set_password()
    server, page = own.server, own.log_in()
    token = server.token()
    symbol = server.own("GET", "market/instruments")["items"][0]["symbol"]
    own.go("Sentiment")
    expect(page.get_by_text("No part was sent of late: there is no score.")).to_be_visible()
    expect(page.get_by_text("No symbol stood out.")).to_be_visible()
    expect(page.get_by_text("No source is set: texts come by POST only.")).to_be_visible()

    mood = {"items": [{"part": "social", "value": "0.9"}]}
    assert server.ask("POST", "fear-greed/parts", token=token, **mood).status_code == 201
    expect(page.get_by_text("extreme greed, 0 is fear and 100 greed")).to_be_visible()
    parts = page.get_by_role("grid", name="Parts of the mood")
    expect(parts.get_by_role("row").filter(has_text="vix")).to_contain_text("not given")

    own.write(page.get_by_role("textbox", name="Symbol"), symbol.lower())
    texts = page.get_by_role("grid", name="Texts")
    expect(page.get_by_text("Nothing was written of it within a day.")).to_be_visible()
    said = [
        {"text": f"${symbol} profit rose.", "url": "https://www.reuters.com/a"},
        {"text": f"${symbol} is a fraud and goes bankrupt.", "url": "https://reuter5.com/b"},
    ]
    assert server.ask("POST", "sentiment/items", token=token, items=said).status_code == 201
    expect(texts).to_have_attribute("aria-rowcount", "3")
    forged = texts.get_by_role("row").filter(has_text="reuter5.com")
    expect(forged).to_contain_text("looks like reuters.com")
    expect(forged).to_contain_text("0.000")
    expect(forged).to_contain_text("lexicon")

    today = datetime.now(UTC).date()
    rows = [
        {"date": str(today - timedelta(days=back)), "symbol": symbol, "mentions": 2}
        for back in range(1, 20)
    ]
    rows.append({"date": str(today), "symbol": symbol, "mentions": 400})
    assert server.ask("POST", "hype/mentions", token=token, items=rows).status_code == 201
    spikes = page.get_by_role("grid", name="Spikes")
    expect(spikes.get_by_role("row").filter(has_text=symbol)).to_have_count(1)
    talk = page.get_by_role("region", name=f"Talk of {symbol}")
    expect(talk).to_contain_text("a spike")

    page.route("**/api/v1/sentiment/sources", lambda route: route.fulfill(json={"items": SOURCES}))
    more = [{"text": f"${symbol} profit rose again."}]
    assert server.ask("POST", "sentiment/items", token=token, items=more).status_code == 201
    sources = page.get_by_role("grid", name="Sources")
    expect(sources.get_by_role("row").filter(has_text="newsapi")).to_contain_text("answers")
    silent = sources.get_by_role("row").filter(has_text="rss:a.example:1")
    expect(silent).to_contain_text("silent")
    expect(silent).to_contain_text("answered with status 503")
