"""A text is about what it names, and not about what its capitals spell."""

import pytest

from domain.sentiment.english import ENGLISH
from domain.sentiment.symbols import SymbolFinder

FINDER = SymbolFinder(
    {
        "AAPL": "Apple Inc.",
        "ALL": "The Allstate Corporation",
        "F": "Ford Motor Company",
        "GM": "General Motors Company",
        "GE": "General Electric Company",
        "NOW": "ServiceNow, Inc.",
        "T": "AT&T Inc.",
        "BRK.B": "Berkshire Hathaway Inc. Class B",
        "TGT": "Target Corporation",
        "NVDA": "NVIDIA Corporation",
        "ONE": "Twins Inc.",
        "TWO": "Twins Corp",
    }
)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("$AAPL and $f rally", ("AAPL", "F")),
        ("Apple shares fell", ("AAPL",)),
        ("an apple a day, pineapple, Apples", ()),
        ("Target Corporation and General Motors", ("GM", "TGT")),
        ("General Electric said", ("GE",)),
        ("AT&T said", ("T",)),
        ("Berkshire Hathaway bought $BRK.B", ("BRK.B",)),
        # Alone: two letters and English words never, others as they are written.
        ("GM and F and T are up", ()),
        ("We want it ALL and NOW", ()),
        ("NVDA is up, nvda is no word", ("NVDA",)),
        ("BUY NVDA NOW ALL IN", ()),
        ("$NVDA, $NOW", ("NOW", "NVDA")),
        ("costs $100 or US$AAPL, $AAPLX", ()),
        # What two are called says neither.
        ("Twins said", ()),
        ("https://a.example/NVDA and #NVDAX x-NVDA", ()),
        ("", ()),
    ],
)
def test_what_a_text_names_is_found(text: str, symbols: tuple[str, ...]) -> None:
    assert FINDER.find(text) == symbols


def test_no_english_word_is_a_ticker_by_itself() -> None:
    words = sorted(one.upper() for one in ENGLISH)
    finder = SymbolFinder({word: f"{word.title()}qq Inc" for word in words})
    assert finder.find(f"said of {' '.join(words)}") == ()
    assert finder.find(" ".join(f"${word}" for word in words)) == tuple(words)


def test_without_anything_listed_nothing_is_found() -> None:
    assert SymbolFinder({}).find("$AAPL Apple NVDA said") == ()
