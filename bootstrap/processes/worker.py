"""Run one process that does a part of the work, until it is told to stop."""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import structlog

from adapters.http.server.health_page import HealthPage
from adapters.http.server.server import HttpServer
from bootstrap.container import compose
from bootstrap.http import build_http
from bootstrap.lifecycle import Lifecycle
from bootstrap.parts import Parts
from bootstrap.processes.asked import bind_asked, build_asked_http
from bootstrap.processes.banner import banner
from bootstrap.processes.garbage import settle
from bootstrap.processes.roles import Plan, Role, check_plan
from bootstrap.processes.serve import EXIT_S, first_of, give_up, stop_intake, stop_signals, traced
from bootstrap.settings.http import server_settings, url_of
from bootstrap.settings.sections import Settings

log = structlog.get_logger(__name__)

# Told once it does its work: what to print, "" for nothing.
OnReady = Callable[[str], None]


async def work(
    settings: Settings,
    *,
    plan: Plan,
    on_ready: OnReady,
    health_port: int | None = None,
    parts: Parts | None = None,
) -> None:
    """Work until SIGTERM or SIGINT; raises what kept it from starting.

    health_port: where a process that answers no HTTP of its own tells how it is.
    """
    check_plan(plan, settings=settings)
    parts = (parts or compose(settings, plan=plan)).make()
    stopping = stop_signals()
    async with AsyncExitStack() as stack:
        server = _server(settings, parts=parts, health_port=health_port)
        url = ""
        if server is not None:
            url = server.bind()
            stack.push_async_callback(server.stop)
        asked = bind_asked(parts, is_first=server is None)
        for one in asked:
            stack.push_async_callback(one.server.stop)
        lifecycle = Lifecycle(parts)
        await lifecycle.start()
        stack.push_async_callback(lifecycle.stop)
        if server is not None:
            await _answer(parts, server=server, lifecycle=lifecycle, stack=stack)
        else:
            stack.callback(lifecycle.unready)
        for one in asked:
            await one.server.start(traced(build_asked_http(parts, one), parts))
        settle()
        on_ready(_greeting(url, lifecycle=lifecycle, settings=settings, plan=plan))
        log.info("worker.started", roles=",".join(sorted(plan.roles)), url=url)
        await first_of(stopping, server)
        log.info("ballast.stopping")
        # Whatever hangs from here on must not keep the process alive.
        asyncio.get_running_loop().call_later(EXIT_S, give_up)


def _server(settings: Settings, *, parts: Parts, health_port: int | None) -> HttpServer | None:
    registry = parts.metrics.registry
    if Role.API in parts.plan.roles:
        return HttpServer(
            settings=server_settings(settings.http),
            shares_port=parts.plan.shares_port,
            registry=registry,
        )
    if health_port is None:
        return None
    # Probes ask in plain; nothing that is told there is secret.
    told = replace(settings.http, port=health_port, tls_certificate=None, tls_key=None)
    return HttpServer(settings=server_settings(told), registry=registry)


async def _answer(
    parts: Parts, *, server: HttpServer, lifecycle: Lifecycle, stack: AsyncExitStack
) -> None:
    if Role.API not in parts.plan.roles:
        await server.start(HealthPage(health=parts.health, registry=parts.metrics.registry))
        stack.callback(lifecycle.unready)
        return
    http = build_http(parts)
    # Run first, being pushed last: unready, then no intake, then the parts.
    stack.push_async_callback(stop_intake, lifecycle, server, http)
    await server.start(traced(http.app, parts))


def _greeting(url: str, *, lifecycle: Lifecycle, settings: Settings, plan: Plan) -> str:
    """Return the banner of the process that founded, for who has the API elsewhere too."""
    if Role.MARKET not in plan.roles:
        return ""
    shown = url if Role.API in plan.roles else url_of(settings.http)
    return banner(url=shown, founded=lifecycle.founded, settings=settings)


def tell_parent(descriptor: int) -> OnReady:
    """Return what tells the process that started this one, by a pipe, once."""

    def told(greeting: str) -> None:
        with os.fdopen(descriptor, "w", encoding="utf-8") as pipe:
            json.dump({"greeting": greeting}, pipe)

    return told
