"""Say a state of succession in words."""

from datetime import timedelta

from domain.succession.plan import SuccessionState

WORDS = {
    SuccessionState.ARMED: "The owner was heard of lately; nothing is asked of anybody.",
    SuccessionState.REMINDED: "The owner has been silent and is reminded to check in.",
    SuccessionState.CONTACT_PING: (
        "The trustees are asked whether the owner is gone; trading may only reduce."
    ),
    SuccessionState.GRACE: "The last days to object run; trading is halted.",
    SuccessionState.RELEASED: "Handed over to the trustees; trading is halted.",
}
NO_PLAN = "There is no plan, so no clock runs."


def span_in_words(span: timedelta) -> str:
    """Write a span in its two largest units, such as 13 days 4 hours."""
    minutes = span // timedelta(minutes=1)
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "day"), (hours, "hour"), (minutes % 60, "minute")]
    said = [f"{count} {unit}{'s' if count != 1 else ''}" for count, unit in parts if count]
    return " ".join(said[:2]) or "less than a minute"
