"""Say what the five stocks of bokeh_sampledata are and how they split.

The data holds prices as they traded. A split shows as an overnight fall in the raw price
that the split-adjusted close does not have; the tests find exactly these three. A dividend
shows as a step of the adjusted against the raw close, rounded to its cents: the days are
those of the data, the amounts those that the companies declared, and the tests find both.
"""

from datetime import date
from decimal import Decimal

from domain.market.instruments import Instrument
from domain.market.prices import Dividend, Split

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


def _paid(symbol: str, amount: str, *ex_dates: str) -> tuple[Dividend, ...]:
    return tuple(
        Dividend(symbol=symbol, ex_date=date.fromisoformat(day), amount=Decimal(amount))
        for day in ex_dates
    )


# MSFT of 15 November 2004: 3.00 once, beside 0.08.
DIVIDENDS = (
    *_paid("AAPL", "2.65", "2012-08-09", "2012-11-07", "2013-02-07"),
    *_paid("IBM", "0.13", "2000-05-08", "2000-08-08", "2000-11-08", "2001-02-07"),
    *_paid("IBM", "0.14", "2001-05-08", "2001-08-08", "2001-11-07", "2002-02-06"),
    *_paid("IBM", "0.15", "2002-05-08", "2002-08-07", "2002-11-06", "2003-02-06"),
    *_paid("IBM", "0.16", "2003-05-07", "2003-08-06", "2003-11-06", "2004-02-06"),
    *_paid("IBM", "0.18", "2004-05-06", "2004-08-06", "2004-11-08", "2005-02-08"),
    *_paid("IBM", "0.20", "2005-05-06", "2005-08-08", "2005-11-08", "2006-02-08"),
    *_paid("IBM", "0.30", "2006-05-08", "2006-08-08", "2006-11-08", "2007-02-07"),
    *_paid("IBM", "0.40", "2007-05-08", "2007-08-08", "2007-11-07", "2008-02-06"),
    *_paid("IBM", "0.50", "2008-05-07", "2008-08-06", "2008-11-06", "2009-02-06"),
    *_paid("IBM", "0.55", "2009-05-06", "2009-08-06", "2009-11-06", "2010-02-08"),
    *_paid("IBM", "0.65", "2010-05-06", "2010-08-06", "2010-11-08", "2011-02-08"),
    *_paid("IBM", "0.75", "2011-05-06", "2011-08-08", "2011-11-08", "2012-02-08"),
    *_paid("IBM", "0.85", "2012-05-08", "2012-08-08", "2012-11-07", "2013-02-06"),
    *_paid("MSFT", "0.08", "2003-02-19"),
    *_paid("MSFT", "0.16", "2003-10-15"),
    *_paid("MSFT", "0.08", "2004-08-23"),
    *_paid("MSFT", "3.08", "2004-11-15"),
    *_paid("MSFT", "0.08", "2005-02-15", "2005-05-16", "2005-08-15", "2005-11-15"),
    *_paid("MSFT", "0.09", "2006-02-15", "2006-05-15", "2006-08-15"),
    *_paid("MSFT", "0.10", "2006-11-14", "2007-02-13", "2007-05-15", "2007-08-14"),
    *_paid("MSFT", "0.11", "2007-11-13", "2008-02-19", "2008-05-13", "2008-08-19"),
    *_paid(
        "MSFT",
        "0.13",
        "2008-11-18",
        "2009-02-17",
        "2009-05-19",
        "2009-08-18",
        "2009-11-17",
        "2010-02-16",
        "2010-05-18",
        "2010-08-17",
    ),
    *_paid("MSFT", "0.16", "2010-11-16", "2011-02-15", "2011-05-17", "2011-08-16"),
    *_paid("MSFT", "0.20", "2011-11-15", "2012-02-14", "2012-05-15", "2012-08-14"),
    *_paid("MSFT", "0.23", "2012-11-13", "2013-02-19"),
)
