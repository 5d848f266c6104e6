"""Start the background tasks of a process: those of its roles, each under its lease."""

from application.accounts.start_late import StartLate
from application.streams.forget_spent import ForgetSpent
from bootstrap.areas.audit import SEALING, build_sealing
from bootstrap.areas.commands import KAFKA_COMMANDS
from bootstrap.areas.market import PulseOfReplay
from bootstrap.areas.streams import KAFKA_EVENTS
from bootstrap.backlog_figures import BACKLOG, backlog_collector, board_teller
from bootstrap.others import EXPECTED, OtherProcesses
from bootstrap.parts import Parts
from bootstrap.roles import Role
from bootstrap.stream_figures import stream_collector
from bootstrap.supervisor import Run, Supervisor

COMMANDS = "commands"
# Nothing is opened while the feed is down: what keeps it down may be over any moment.
FEED_AGAIN_S = 2.0
# How soon a replay that has ended hears that it is to start over.
_LAP_EVERY_S = 0.25


def takes_commands(parts: Parts) -> bool:
    """Tell whether this process takes commands in: where somebody has a key to send them."""
    keys = parts.settings.commands.keys
    return Role.COMMANDS in parts.plan.roles and parts.commands is not None and keys is not None


def start_tasks(parts: Parts, *, supervisor: Supervisor) -> None:
    """Start what the process's roles need; the order matters at the stop, latest first."""
    roles = parts.plan.roles
    _subscribe(parts)
    _start_shared(parts, supervisor)
    if Role.DISPATCH in roles:
        _start_dispatch(parts, supervisor)
    if Role.API in roles or Role.DISPATCH in roles or takes_commands(parts):
        _watch_backlog(parts, supervisor)
    _start_fanout(parts, supervisor)
    if Role.RELAY in roles and parts.event_relay is not None:
        parts.reach.declare(KAFKA_EVENTS)
        supervisor.start(
            "kafka_relay", parts.jobs.leased(Role.RELAY, parts.event_relay), required=False
        )
    if Role.WATCH in roles:
        supervisor.start("limit_watch", parts.jobs.leased(Role.WATCH, parts.risk.watch.run))
        forget = ForgetSpent(
            spent=parts.storage.spent,
            older_than_s=parts.settings.retention.answers_h * 3600.0,
            sleeper=parts.system.sleeper,
            told=parts.metrics.forgotten,
        )
        supervisor.start("retention", parts.jobs.leased(Role.WATCH, forget), required=False)
        _start_sealing(parts, supervisor)
        supervisor.start(
            "reminders", parts.jobs.leased(Role.WATCH, parts.secrets.remind.run), required=False
        )
        settle = parts.identity.settle
        supervisor.start("recoveries", parts.jobs.leased(Role.WATCH, settle.run), required=False)
    _start_market(parts, supervisor)
    if parts.pulse is not None and (roles & {Role.API, Role.RELAY} or takes_commands(parts)):
        supervisor.start("kafka_pulse", parts.pulse, required=False)
    if Role.API in roles or takes_commands(parts):
        # Until it runs, and whenever it cannot, storage is asked each time.
        supervisor.start("identity_feed", parts.identity.standing.follow.run, required=False)
    if parts.commands is not None and takes_commands(parts):
        parts.reach.declare(KAFKA_COMMANDS)
        supervisor.start(COMMANDS, parts.commands.run, required=False, may_end=True)
    if Role.API in roles:
        supervisor.start("unsealing", parts.secrets.keep.run, required=False)
        _watch_kafka(parts, supervisor)
        prepare = parts.identity.facade.logging_in.prepare
        supervisor.start("login", prepare, required=False, may_end=True)


def _start_sealing(parts: Parts, supervisor: Supervisor) -> None:
    parts.health.declare(SEALING, required=False)
    seal = build_sealing(
        settings=parts.settings,
        storage=parts.storage,
        system=parts.system,
        jobs=parts.jobs,
        health=parts.health,
        metrics=parts.metrics,
    )
    supervisor.start("audit_sealer", parts.jobs.leased(Role.WATCH, seal), required=False)


def _subscribe(parts: Parts) -> None:
    feed = parts.market.feed
    # In this order: the gate sees new marks, the books their day, then the venue fills.
    feed.subscribe(parts.gatekeeper.on_market)
    if Role.MARKET in parts.plan.roles:
        feed.subscribe(parts.accounts.keep_day)
        for _, broker in parts.brokers.each():
            if broker.listener is not None:
                feed.subscribe(broker.listener)
    elif Role.API in parts.plan.roles:
        feed.subscribe(StartLate(keep_day=parts.accounts.keep_day))
    if Role.DISPATCH in parts.plan.roles:
        # After the venue, which must know the prices that the order is sent at.
        feed.subscribe(parts.orders.on_market)
    parts.streams.stream.subscribe(name="metrics", subscriber=parts.metrics.told)


def _start_shared(parts: Parts, supervisor: Supervisor) -> None:
    shared = parts.storage.shared
    if shared is None:
        return
    for kept in parts.jobs.kept():
        supervisor.start(f"lease_{kept.name}", kept.keep)
    supervisor.start("wakeups", shared.wakeups.run, required=False)
    others = OtherProcesses(
        plan=parts.plan,
        jobs=parts.jobs,
        board=parts.health,
        reports=shared.reports,
        clock=parts.system.clock,
        sleeper=parts.system.sleeper,
        # Without whoever publishes for all, nobody would be told anything.
        brokers=tuple(parts.settings.brokers),
        expected=EXPECTED | {Role.RELAY: ("relay",)} if parts.streams.fanout.is_followed else None,
    )
    supervisor.start("other_processes", others)


def _start_fanout(parts: Parts, supervisor: Supervisor) -> None:
    """Tell the WebSockets of this process what is new."""
    roles, relay, fanout = parts.plan.roles, parts.streams.relay, parts.streams.fanout
    if parts.sharing.server is not None:
        supervisor.start("redis_watch", parts.sharing.server.watch, required=False)
    if not fanout.is_followed:
        if Role.API in roles:
            supervisor.start("relay", relay)
        return
    if Role.RELAY in roles:
        supervisor.start("relay", parts.jobs.leased(Role.RELAY, relay))
    if Role.API in roles and fanout.follow is not None:
        supervisor.start("fanout", fanout.follow, required=False)


def _watch_kafka(parts: Parts, supervisor: Supervisor) -> None:
    """Watch agents, and where there is a Kafka, hear them there; nothing else waits for it."""
    supervisor.start("agent_watch", parts.agents.watch.run, required=False)
    watch, listener = parts.stream_monitor.watch, parts.agents.listener
    if watch is None or listener is None:
        return
    parts.metrics.show(stream_collector(watch))
    for name in ("kafka", "heartbeats"):
        parts.reach.declare(name)
    supervisor.start("stream_watch", watch.run, required=False)
    supervisor.start("agent_listener", listener.run, required=False)


def _start_dispatch(parts: Parts, supervisor: Supervisor) -> None:
    jobs = parts.jobs
    for name in parts.brokers.names:
        _start_broker(parts, supervisor, name=name)
    supervisor.start("kill_finisher", jobs.leased(Role.DISPATCH, parts.kill_switch.finish))
    if parts.answer is not None:
        supervisor.start("book_checks", jobs.leased(Role.DISPATCH, parts.answer))


def _start_broker(parts: Parts, supervisor: Supervisor, *, name: str) -> None:
    """Start what goes on at one broker, under its own lease."""
    loops, broker = parts.orders.loops[name], parts.brokers.parts[name]

    async def reconcile() -> None:
        # A job that was another's meanwhile begins as at a start: nothing is sent before.
        loops.reconcile.passed = False
        await loops.reconcile()

    def leased(run: Run) -> Run:
        return parts.jobs.leased(Role.DISPATCH, run, parts.brokers.further(name))

    component = parts.brokers.component
    if broker.watch is not None:
        supervisor.start(component("venue_watch", name), broker.watch, required=False)
    supervisor.start(component("reports", name), leased(loops.follow))
    supervisor.start(component("reconciler", name), leased(reconcile))
    supervisor.start(component("dispatcher", name), leased(loops.dispatch), may_end=True)


def _watch_backlog(parts: Parts, supervisor: Supervisor) -> None:
    """Know how far sending is behind wherever orders are taken in; who sends also tells."""
    watch, clock = parts.orders.watch, parts.system.clock
    if Role.DISPATCH in parts.plan.roles:
        watch.tells = parts.jobs.lease(Role.DISPATCH).is_held
    watch.on_look = board_teller(parts.health, clock=clock)
    parts.metrics.show(backlog_collector(watch.backlog, clock=clock))
    parts.health.declare(BACKLOG, required=False)
    supervisor.start("backlog_watch", watch, required=False)


def _start_market(parts: Parts, supervisor: Supervisor) -> None:
    feed, shared = parts.market.feed, parts.storage.shared
    for name, broker in parts.brokers.each():
        if Role.MARKET in parts.plan.roles and broker.catch_up is not None:
            catching_up = parts.brokers.component("venue_market", name)
            supervisor.start(catching_up, broker.catch_up, required=False)
    if Role.MARKET not in parts.plan.roles:
        supervisor.start("market_follower", feed.run, longest_wait_s=FEED_AGAIN_S)
        return
    played_before = False

    async def play() -> None:
        nonlocal played_before
        if played_before and shared is not None:
            # Another may have played on meanwhile.
            await feed.start()
        played_before = True
        while True:
            await feed.run()
            while not await feed.started_over():
                await parts.system.sleeper.sleep(_LAP_EVERY_S)

    supervisor.start(
        "market_feed",
        parts.jobs.leased(Role.MARKET, play),
        may_end=True,
        longest_wait_s=FEED_AGAIN_S,
    )
    if shared is not None:
        pulse = PulseOfReplay(feed=feed, pulses=shared.pulses, sleeper=parts.system.sleeper)
        supervisor.start("market_pulse", parts.jobs.leased(Role.MARKET, pulse))
