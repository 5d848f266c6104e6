"""List the areas."""

from bootstrap.area import Area
from bootstrap.areas import (
    accounts,
    agents,
    approvals,
    assets,
    audit,
    brokers,
    commands,
    identity,
    kill_switch,
    margin,
    market,
    notifications,
    orders,
    patterns,
    performance,
    retention,
    risk,
    secrets,
    sentiment,
    signals,
    stream_monitor,
    streams,
    succession,
    workspaces,
)

# In the order in which they hear of the market and start: the gate sees new marks, the books
# their day, then a venue fills, before what waits for the open is sent to it; tasks are stopped
# in the opposite order.
AREAS: tuple[Area, ...] = (
    risk.AREA,
    approvals.AREA,
    accounts.AREA,
    brokers.AREA,
    orders.AREA,
    kill_switch.AREA,
    streams.AREA,
    retention.AREA,
    audit.AREA,
    secrets.AREA,
    market.AREA,
    identity.AREA,
    commands.AREA,
    agents.AREA,
    stream_monitor.AREA,
    workspaces.AREA,
    assets.AREA,
    performance.AREA,
    succession.AREA,
    sentiment.AREA,
    signals.AREA,
    patterns.AREA,
    margin.AREA,
    notifications.AREA,
)
