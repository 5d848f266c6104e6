"""Say what the five stocks of bokeh_sampledata are and how they split.

The data holds prices as they traded. A split shows as an overnight fall in the raw price
that the split-adjusted close does not have; the tests find exactly these three.
"""

from datetime import date
from decimal import Decimal

from domain.market.instruments import Instrument
from domain.market.prices import Split

CALENDAR = "XNYS"

# GICS sectors as of today: Google and Facebook sat in Information Technology until
# Communication Services was created in September 2018. The NASDAQ stocks among them keep
# the hours and holidays of XNYS.
INSTRUMENTS = (
    Instrument(symbol="AAPL", name="Apple Inc.", sector="Information Technology"),
    Instrument(symbol="FB", name="Facebook, Inc.", sector="Communication Services"),
    Instrument(symbol="GOOG", name="Google Inc.", sector="Communication Services"),
    Instrument(
        symbol="IBM",
        name="International Business Machines Corporation",
        sector="Information Technology",
    ),
    Instrument(symbol="MSFT", name="Microsoft Corporation", sector="Information Technology"),
)


def _two_for_one(symbol: str, ex_date: date) -> Split:
    return Split(symbol=symbol, ex_date=ex_date, numerator=Decimal(2), denominator=Decimal(1))


SPLITS = (
    _two_for_one("AAPL", date(2000, 6, 21)),
    _two_for_one("MSFT", date(2003, 2, 18)),
    _two_for_one("AAPL", date(2005, 2, 28)),
)
