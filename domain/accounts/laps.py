"""Say why an account is not done with a lap of the replay."""

from collections.abc import Sequence


def not_done(*, held: Sequence[str], orders: int, stopping: bool) -> str:
    """Return what it still has, in words; empty when it is done."""
    said = []
    if held:
        said.append(f"holds {', '.join(held)}")
    if orders:
        said.append("has an order" if orders == 1 else f"has {orders} orders")
        said[-1] += " not closed"
    if stopping:
        said.append("has a stop that is not finished")
    return ", ".join(said)
