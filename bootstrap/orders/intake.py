"""Build what takes orders in, and what knows how much of it waits to be sent."""

from datetime import UTC, datetime

from application.orders.attest import AttestAbsent
from application.orders.attest_many import AttestOrders
from application.orders.backlog import Backlog
from application.orders.cancel import CancelOrders
from application.orders.deps import OrderContext
from application.orders.facade import OrderUseCases
from application.orders.gatekeeper import Gatekeeper
from application.orders.list_parked import ListParked
from application.orders.look_at_venue import AskToLook, Look, LookAtVenue
from application.orders.preview import ExplainOrder, PreviewOrder
from application.orders.replace import Replace
from application.orders.submit import Submit
from application.orders.watch_backlog import WatchBacklog
from bootstrap.areas.market import Market
from bootstrap.settings.sections import DispatchSettings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.market import UnknownCalendar

# Later than any order: while the market is closed, all that need its price wait for it.
_NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)


def build_watch(
    context: OrderContext,
    *,
    storage: Storage,
    market: Market,
    system: System,
    settings: DispatchSettings,
) -> WatchBacklog:
    """Build what knows how much waits to be sent."""

    def opened_at() -> datetime:
        try:
            session = market.calendars.session(market.calendar(), at=market.clock.now())
        except UnknownCalendar:
            return _NOT_YET
        return session.opens_at if session.is_open else _NOT_YET

    return WatchBacklog(
        context=context,
        work=storage.work,
        backlog=Backlog(limit_s=settings.backlog_s),
        sleeper=system.sleeper,
        opened_at=opened_at,
    )


def build_facade(
    context: OrderContext,
    keeper: Gatekeeper,
    storage: Storage,
    system: System,
    backlog: Backlog,
    ask: AskToLook | None,
) -> OrderUseCases:
    """Build all that can be asked of orders."""
    look: Look = ask if ask is not None else LookAtVenue(context=context)
    attest = AttestAbsent(context=context, look=look)
    return OrderUseCases(
        archive=storage.archive,
        directory=storage.directory,
        submitting=Submit(
            context=context,
            gatekeeper=keeper,
            books=storage.books,
            sleeper=system.sleeper,
            backlog=backlog,
        ),
        previewing=PreviewOrder(context=context, gatekeeper=keeper, latches=storage.latches),
        explaining=ExplainOrder(context=context),
        canceling=CancelOrders(context=context),
        replacing=Replace(context=context, gatekeeper=keeper),
        attesting=attest,
        attesting_many=AttestOrders(archive=storage.archive, attest=attest),
        listing_parked=ListParked(archive=storage.archive, look=look),
    )
