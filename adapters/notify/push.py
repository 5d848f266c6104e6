"""Push messages to telephones and desks through the services that apprise knows."""

import asyncio
import logging
import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from adapters.notify.mail_form import with_link
from adapters.notify.replies import said, worth_repeating
from domain.identity.notice import Priority
from domain.notifications.message import Message
from domain.notifications.texts import SUBJECT_CHARS_MAX, one_line
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sent

URL_CHARS_MAX = 2_000
THREADS = 4
# Their own hosts are written into apprise: an address names a device or a room there.
HOSTED = {
    "discord": ("discord", "NotifyDiscord"),
    "join": ("join", "NotifyJoin"),
    "pbul": ("pushbullet", "NotifyPushBullet"),
    "pover": ("pushover", "NotifyPushover"),
    "prowl": ("prowl", "NotifyProwl"),
    "slack": ("slack", "NotifySlack"),
    "tgram": ("telegram", "NotifyTelegram"),
}
# Whose host the address names: those of operators alone, and ntfy's own.
OWN_HOST = {
    "ntfy": ("ntfy", "NotifyNtfy"),
    "ntfys": ("ntfy", "NotifyNtfy"),
    "gotify": ("gotify", "NotifyGotify"),
    "gotifys": ("gotify", "NotifyGotify"),
}
# The services known, by the beginning of an address: apprise's module and class. Apprise itself
# would load all of its hundred and more, some of which run programs or read files here.
SERVICES = {**HOSTED, **OWN_HOST}
PLAIN = frozenset({"ntfy", "gotify"})
NTFY = frozenset({"ntfy.sh"})
_WANTED = (
    "must be a service address such as ntfys://ntfy.sh/TOPIC or pover://USER@TOKEN: one of "
    + ", ".join(sorted(SERVICES))
)
# How apprise's services end what they say of a refusal.
_STATUS = re.compile(r"error=(\d{3})")


class PushSender:
    """Push through apprise, in threads of its own; an address is a secret and is never told."""

    def __init__(self, *, hosts: Collection[str], timeout_s: float) -> None:
        self._hosts = frozenset(hosts) | NTFY
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="push")

    def check(self, address: str) -> None:
        """Raise InvalidValue, which does not repeat the address."""
        self._service(address)

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Push a message; a service that answers late is not waited for, and may have it."""
        heard = _LastWarning()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                taken = await loop.run_in_executor(
                    self._threads, self._pushed, message, address, heard
                )
        except InvalidValue as problem:
            return NotSent(reason=str(problem), again=False)
        except TimeoutError:
            return NotSent(reason="the push service gave no answer in time", again=True)
        # A plugin may raise whatever its service's reply leads it to.
        except Exception as problem:  # noqa: BLE001
            reason = f"the push service gave no answer: {type(problem).__name__}"
            return NotSent(reason=reason, again=True)
        if taken:
            return Sent()
        status = _STATUS.search(heard.last)
        again = status is None or worth_repeating(int(status.group(1)[:3]))
        reason = said(f"push: {heard.last or 'not taken'}", hiding=secrets_of(address))
        return NotSent(reason=reason, again=again)

    def _pushed(self, message: Message, address: str, heard: "_LastWarning") -> bool:
        service = self._service(address)
        service.logger = heard
        title = one_line(message.subject, chars_max=SUBJECT_CHARS_MAX)
        kind = "warning" if message.priority in _LOUD else "info"
        return bool(service.notify(body=with_link(message), title=title, notify_type=kind))

    def _service(self, address: str) -> Any:
        """Return apprise's service for an address; raises InvalidValue."""
        parts = _parts(address)
        schema = "" if parts is None else parts.scheme.lower()
        if parts is None or schema not in SERVICES:
            raise InvalidValue(field="address", problem=_WANTED)
        service = _made(address, schema=schema)
        if service is None:
            raise InvalidValue(field="address", problem=_WANTED)
        if schema in OWN_HOST:
            self._check_host(service, schema=schema)
        # Whatever the address asks for: no word of it is sent elsewhere or to a stranger.
        service.redirects = False
        service.verify_certificate = True
        service.socket_connect_timeout = service.socket_read_timeout = self._timeout_s
        return service

    def _check_host(self, service: Any, *, schema: str) -> None:
        if getattr(service, "mode", "private") == "cloud":
            return
        host = str(service.host).lower().strip("[]")
        if host not in self._hosts:
            problem = (
                "names a server of its own: an operator may list its host in"
                " notifications.push_hosts"
            )
            raise InvalidValue(field="address", problem=problem)
        if schema in PLAIN and not _is_loopback(host):
            problem = f"must begin with {schema}s://, which is encrypted"
            raise InvalidValue(field="address", problem=problem)


class _LastWarning(logging.Logger):
    """Keeps the last thing that a service complained of, and passes nothing on."""

    def __init__(self) -> None:
        super().__init__("push", level=logging.WARNING)
        self.last = ""

    def handle(self, record: logging.LogRecord) -> None:
        """Take a record in."""
        self.last = record.getMessage()


def secrets_of(address: str) -> set[str]:
    """Return every part of an address that may be a secret, as it is written and as it is meant."""
    parts = _parts(address)
    if parts is None:
        return {address}
    pieces = {address, parts.netloc, parts.path, parts.query}
    pieces |= set(re.split(r"[@:/?&=#]", address.partition("://")[2]))
    pieces |= {unquote(piece) for piece in pieces}
    # Shorter than that it hides words and no secret.
    host = parts.hostname or ""
    return {piece for piece in pieces if len(piece) >= 4 and piece != host}


def _parts(address: str) -> Any:
    if len(address) > URL_CHARS_MAX or not address.isprintable() or " " in address:
        return None
    try:
        return urlsplit(address)
    except ValueError:
        return None


_LOUD = frozenset({Priority.HIGH, Priority.URGENT})


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _made(address: str, *, schema: str) -> Any:
    """Return the service, None where the address is not one of it."""
    module, name = SERVICES[schema]
    asset = _asset()
    kind = getattr(import_module(f"apprise.plugins.{module}"), name)
    try:
        results = kind.parse_url(address)
        service = kind(**{**results, "asset": asset, "tag": set()}) if results else None
    # Each service has its own way of saying that it cannot be: mostly a TypeError.
    except Exception:  # noqa: BLE001
        return None
    # One of several may have it and another not: a second try would reach the first again.
    one = service is not None and len(service) == 1 and getattr(service, "topics", True)
    return service if one else None


@cache
def _asset() -> Any:
    # A third of a second, and only who pushes pays for it.
    import apprise

    # They would write addresses into the log of whoever listens at their level.
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return apprise.AppriseAsset(
        app_id="Ballast",
        app_desc="Ballast",
        http_redirects=False,
        secure_logging=True,
        # Nothing is kept on disk between two messages.
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        plugin_paths=[],
    )
