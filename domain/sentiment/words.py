"""List the words of the finance lexicon; each is found with its usual endings too."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Good and poor news by themselves.
GOOD = _words(
    "beat outperform outperformance upgrade profitable strong stronger strongest robust rally "
    "rebound recover recovery breakthrough win won award approve approval record success "
    "successful upbeat optimistic optimism bullish confident confidence boost improve improvement "
    "better best great excellent impressive momentum resilient resilience solid healthy attractive "
    "innovative lead leadership exceed surpass top thrive reward buyback "
    "milestone landmark partnership favorable favourable undervalued oversubscribed dividend "
    "profit profitability gain upside expansion prosperous buoyant stellar superb celebrate "
    "triumph promising secure settle reinstate outpace ahead relief bargain booming boom "
    "efficient efficiency advantage pleased delight"
)
POOR = _words(
    "miss downgrade bankrupt bankruptcy insolvent insolvency default fraud fraudulent lawsuit sue "
    "probe investigate investigation recall weak weaker weakest weakness warn warning slump crash "
    "collapse plunge plummet tumble crisis scandal disappoint disappointment bearish pessimistic "
    "worse worst poor loss lose lost halt suspend suspension delay fine penalty penalize breach "
    "violate violation accuse allege allegation misconduct resign resignation layoff underperform "
    "overvalued fear worry concern uncertain uncertainty struggle trouble troubled fail failure "
    "shortage outage strike dispute writedown impairment restate restatement delist selloff "
    "headwind recession stagnate stagnation slow slowdown turmoil volatile threat threaten "
    "downside shortfall deficit unprofitable dismal grim bleak sluggish erode erosion abandon "
    "reject rejection cancel cancellation shutdown closure hack tariff sanction boycott backlash "
    "dilute dilution bubble panic burden damage hurt harm hit jeopardize lackluster dire toxic "
    "curtail scrap foreclosure subpoena indict indictment guilty embezzle layoffs"
)
# Directions: good or poor by what they are said of.
UP = _words(
    "up rise rose risen climb increase jump surge soar grow grew grown growth higher widen expand "
    "spike skyrocket double triple raise advance swell mount escalate hike rocket gained "
    "accelerate acceleration"
)
DOWN = _words(
    "down fall fell fallen drop decline decrease slip sink sank shrink shrank narrow lower cut "
    "reduce reduction ease trim dip slide slid retreat shed contraction diminish halve "
    "slash moderate cool subside pare dwindle"
)
# More of these is bad, less is good.
COSTS = _words(
    "cost expense debt loss unemployment inflation layoff default churn claim complaint deficit "
    "leverage borrowing provision impairment delay fine liability overhead defect accident "
    "vacancy bankruptcy tax wait backlog spending emission attrition risk volatility delinquency "
    "chargeoff fee turnover jobless tariff penalty burn outage redemption outflow shrinkage "
    "foreclosure injury downtime expenditure"
)
# More of these is good, less is bad.
GOODS = _words(
    "sale revenue profit earning income margin share stock price demand order shipment guidance "
    "outlook forecast dividend output production cash growth customer subscriber user booking "
    "traffic market index rating confidence employment hiring wage export return value valuation "
    "estimate target volume inflow deposit asset backlogs occupancy yield productivity investment "
    "spirit sentiment result turnout capacity membership donation surplus payout ebitda eps "
    "commodity oil gold bitcoin crude copper future equity bond premium"
)
NEGATIONS = _words(
    "not no never without neither nor none hardly barely cannot unlikely denies denied "
    "avoid avoids avoided remove removes removed"
)
SOFTENERS = _words("slightly somewhat marginally modestly may might could little")
