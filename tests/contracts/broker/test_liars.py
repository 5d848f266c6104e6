"""A broker that lies fails the suite, and just where it lies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from ports.broker import (
    Acknowledged,
    BrokerTraits,
    BrokerUnavailable,
    BrokerUnsure,
    Refused,
    Report,
    ReportKind,
    UnreadableReport,
    VenueOrder,
    free_to_leave,
)
from tests.contracts.broker.contract import ASK, BID
from tests.contracts.broker.example import TRAITS, ExampleBroker
from tests.contracts.broker.faults import HASTY_S, OFFERED, BrokerWireFaultsContract, FaultStage
from tests.fakes.venue.server import VenueServer
from tests.fakes.venue.wire import PlainFront

CALLED_OFF = "test_what_is_called_off_never_leaves"
CUT = "test_half_an_answer_is_unsure"
DOUBTED_FILL = "test_a_fill_of_an_order_in_doubt_is_told"
GIVEN_UP = "test_the_answer_to_a_call_given_up_is_not_taken_for_another_s"
EMPTY_READ = "test_a_read_without_an_answer_is_no_empty_answer"
LATE_FILL = "test_a_fill_told_behind_the_end_of_its_order_is_told"
LATE_ORDER = "test_an_order_that_shows_late_is_found_within_the_settle_horizon"
LEAVING = "test_a_write_asks_once_whether_it_may_leave_and_then_says_that_it_has"
LOST_REPLY = "test_a_lost_reply_is_unsure_and_nothing_is_sent_again"
LOST_REQUEST = "test_a_lost_request_is_unsure_and_not_found_when_read_back"
NO_TURN = "test_nothing_else_has_its_turn_between_leaving_and_the_write"
REFUSED = "test_a_refused_connection_is_unavailable_and_nothing_was_written"
SAME_ID = "test_a_client_id_is_sent_once_a_call_and_treated_as_declared"
SLOW = "test_a_slow_answer_is_waited_for_behind_written"
TIME_OUT = "test_a_time_out_after_the_write_is_unsure"
TWICE = "test_a_report_told_twice_is_the_same_report"
UNHEARD_FILL = "test_a_fill_of_while_nobody_listened_is_told"
UNREADABLE = "test_a_report_that_cannot_be_read_holds_up_no_other"
URGENT = "test_what_is_urgent_passes_the_guard"

SOON = replace(TRAITS, settle_horizon_s=1.0)
# What a liar is waited for never comes.
TIMEOUT_S = 1.0


class AcknowledgesOnTimeOut(ExampleBroker):
    """Takes silence for a yes."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        try:
            return await super().submit(**asked)
        except BrokerUnsure as problem:
            if "no answer within" in str(problem):
                return Acknowledged("taken, surely")
            raise


class AcknowledgesWhenRefused(ExampleBroker):
    """Takes a request that never left for one that will."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        try:
            return await super().submit(**asked)
        except BrokerUnavailable:
            return Acknowledged("queued")


class NeverAsks(ExampleBroker):
    """Sends whatever the kill switch says."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        return await super().submit(**{**asked, "leaving": free_to_leave})


class NeverAsksForNewTerms(ExampleBroker):
    """Sends new terms whatever the kill switch says."""

    async def replace(self, **asked: Any) -> Acknowledged | Refused:
        return await super().replace(**{**asked, "leaving": free_to_leave})


class AsksTooEarly(ExampleBroker):
    """Asks whether it may leave, and then lets others have their turn."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        asked.pop("leaving", free_to_leave)()
        return await super().submit(**asked)


class AsksTooLate(ExampleBroker):
    """Asks whether it may leave when it has left."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        leaving, written = asked.pop("leaving", free_to_leave), asked.pop("written")

        def both() -> None:
            leaving()
            written()

        return await super().submit(**asked, written=both)


class SaysWrittenAtTheEnd(ExampleBroker):
    """Keeps the kill switch waiting until the answer has come."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        written = asked.pop("written")
        answer = await super().submit(**asked, written=free_to_leave)
        written()
        return answer


class LosesLateFills(ExampleBroker):
    """Wants no more of an order once it has ended."""

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        ended: set[str] = set()
        async for report in super().reports(after=after):
            if isinstance(report, Report) and report.client_order_id in ended:
                continue
            if isinstance(report, Report) and report.kind is ReportKind.CANCELED:
                ended.add(report.client_order_id)
            yield report


class KnowsOnlyWhatWasAcknowledged(ExampleBroker):
    """Takes reports of an order that it got no answer for to be another's."""

    acknowledged: ClassVar[set[tuple[object, str]]] = set()

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        answer = await super().submit(**asked)
        if isinstance(answer, Acknowledged):
            self.acknowledged.add((self.url, answer.venue_order_id))
        return answer

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        async for report in super().reports(after=after):
            if (self.url, getattr(report, "venue_order_id", "")) in self.acknowledged:
                yield report


class StumblesOverOne(ExampleBroker):
    """Ends its stream at a report that it cannot read."""

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        async for report in super().reports(after=after):
            if isinstance(report, UnreadableReport):
                return
            yield report


class KnowsOneWay(ExampleBroker):
    """Takes a lower number for one that it has had."""

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        async for report in super().reports(after=after):
            if report.sequence > after:
                after = report.sequence
                yield report


class HearsOnlyTheLatest(ExampleBroker):
    """Begins with what happens from now on."""

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        async for report in super().reports(after=after):
            if after == 0:
                yield report


class CallsDoubtUnavailable(ExampleBroker):
    """Says that nothing was sent when no answer came."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        try:
            return await super().submit(**asked)
        except BrokerUnsure as problem:
            raise BrokerUnavailable(str(problem)) from problem


class SendsAgain(ExampleBroker):
    """Tries once more by itself when no answer came."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        try:
            return await super().submit(**asked)
        except BrokerUnsure:
            return await super().submit(**asked)


class TakesDuplicatesForSuccess(ExampleBroker):
    """Acknowledges what the venue refused."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        answer = await super().submit(**asked)
        return Acknowledged("as before") if isinstance(answer, Refused) else answer


class FindsNothingInTrouble(ExampleBroker):
    """Says that there is no order when it could not ask."""

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        try:
            return await super().find(account_id=account_id, client_order_id=client_order_id)
        except BrokerUnsure:
            return None


class LimitsWhatIsUrgent(ExampleBroker):
    """Has a limit of its own, also for what gets out."""

    async def submit(self, **asked: Any) -> Acknowledged | Refused:
        if asked.get("urgent"):
            raise BrokerUnavailable("too many sends")
        return await super().submit(**asked)


@dataclass(slots=True, kw_only=True)
class SettlesTooSoon(ExampleBroker):
    """Says of its venue that it shows every order within a second."""

    traits: BrokerTraits = SOON


@pytest.mark.parametrize(
    ("liar", "fails"),
    [
        (ExampleBroker, set()),
        (AcknowledgesOnTimeOut, {TIME_OUT}),
        (AcknowledgesWhenRefused, {REFUSED, CALLED_OFF, URGENT}),
        (NeverAsks, {LEAVING, CALLED_OFF, NO_TURN}),
        (NeverAsksForNewTerms, {LEAVING, CALLED_OFF, NO_TURN}),
        (AsksTooEarly, {NO_TURN}),
        (AsksTooLate, {CALLED_OFF}),
        (SaysWrittenAtTheEnd, {SLOW, GIVEN_UP}),
        (LosesLateFills, {LATE_FILL}),
        (KnowsOneWay, {LATE_FILL, TWICE}),
        (KnowsOnlyWhatWasAcknowledged, {DOUBTED_FILL, UNREADABLE}),
        (StumblesOverOne, {UNREADABLE}),
        (HearsOnlyTheLatest, {UNHEARD_FILL}),
        (CallsDoubtUnavailable, {DOUBTED_FILL, TIME_OUT, LOST_REPLY, LOST_REQUEST, CUT, SAME_ID}),
        (SendsAgain, {TIME_OUT, LOST_REPLY, CUT, SAME_ID}),
        (TakesDuplicatesForSuccess, {SAME_ID}),
        (FindsNothingInTrouble, {EMPTY_READ}),
        (LimitsWhatIsUrgent, {URGENT}),
        (SettlesTooSoon, {LATE_ORDER}),
    ],
)
async def test_a_liar_fails_where_it_lies(liar: type[ExampleBroker], fails: set[str]) -> None:
    assert await failures(liar) == fails


async def failures(made: type[ExampleBroker]) -> set[str]:
    """Return which tests of the suite fail on a broker."""
    names = [name for name in dir(BrokerWireFaultsContract) if name.startswith("test_")]
    # One after the other: none waits for what others have to do, nor while one holds the loop.
    return {name for name in names if await _fails(name, made)}


async def _fails(name: str, made: type[ExampleBroker]) -> bool:
    suite: Any = BrokerWireFaultsContract
    with VenueServer(PlainFront, quote_size=OFFERED) as venue:
        await venue.quote(BID, ASK)
        made_here = (made(url=venue.url), made(url=venue.url, answer_s=HASTY_S))
        stage = FaultStage(
            broker=made_here[0],
            hasty=made_here[1],
            venue=venue,
            timeout_s=TIMEOUT_S,
        )
        try:
            await getattr(suite(), name)(stage, str(uuid4()))
        # A failed `pytest.raises` is no Exception; whatever else it is, the test has failed.
        except (Exception, pytest.fail.Exception):  # noqa: BLE001
            return True
        finally:
            for one in made_here:
                await one.stop()
    return False
