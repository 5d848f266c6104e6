"""List the settings of notifications: how people are reached outside of this installation."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from adapters.settings.addresses import split
from adapters.settings.field import setting
from domain.shared.values import InvalidValue

# What a mail server listens at, by smtp_tls.
SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSettings:
    """Notifications: mail, text messages, push and webhooks."""

    public_url: str | None = setting(
        None,
        "Where people reach this installation, such as https://desk.example.com: messages link"
        " there.",
    )
    smtp_host: str | None = setting(None, "The mail server; without one there is no mail.")
    smtp_port: int | None = setting(
        None,
        "Its port; without one 587 for starttls, 465 for tls, 25 for none.",
        low=1,
        high=65_535,
    )
    smtp_user: str | None = setting(None, "Who we are there, where it asks.")
    smtp_password: str | None = setting(None, "The password of smtp_user.", secret=True)
    smtp_from: str | None = setting(
        None, "Who mail comes from, such as Ballast <ballast@example.com>."
    )
    smtp_tls: str = setting(
        "starttls",
        "How the way there is encrypted; none is for a server on this machine alone.",
        choices=tuple(SMTP_PORTS),
    )
    twilio_account: str | None = setting(
        None, "The account's SID (AC…) at Twilio; without one there are no text messages."
    )
    twilio_token: str | None = setting(None, "Its auth token.", secret=True)
    twilio_from: str | None = setting(
        None, "The number that texts come from, or a messaging service's SID (MG…)."
    )
    twilio_url: str = setting(
        "https://api.twilio.com", "The base of the API, for who speaks Twilio's wire elsewhere."
    )
    push_hosts: tuple[str, ...] = setting(
        (),
        "Hosts of ntfy or Gotify servers of your own that people may have push messages sent to,"
        " beside the public services.",
    )
    private_networks: tuple[str, ...] = setting(
        (),
        "Private networks that webhooks may go to, such as 192.168.1.0/24; plain http is for"
        " this machine alone, and only where 127.0.0.0/8 is named.",
    )
    timeout_s: float = setting(10.0, "How long a provider may take to answer.", low=0.5, high=60)


def notification_faults(
    own: NotificationSettings, *, local: Container[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the settings together; only local hosts may do without TLS."""
    for key, url in (("public_url", own.public_url), ("twilio_url", own.twilio_url)):
        problem = None if url is None else _unfit(url, local=local)
        if problem is not None:
            yield f"notifications.{key}", problem
    yield from _mail_faults(own, local=local)
    if own.twilio_account is not None:
        for name in ("twilio_token", "twilio_from"):
            if getattr(own, name) is None:
                yield f"notifications.{name}", "must be set where notifications.twilio_account is"
        # It stands in an address.
        if not own.twilio_account.isascii() or not own.twilio_account.isalnum():
            yield "notifications.twilio_account", "must be letters and digits, such as AC0123…"
    for network in own.private_networks:
        try:
            ip_network(network)
        except ValueError:
            yield (
                "notifications.private_networks",
                f"must be networks such as 192.168.1.0/24, not {network!r}",
            )


def _mail_faults(own: NotificationSettings, *, local: Container[str]) -> Iterator[tuple[str, str]]:
    if own.smtp_host is None:
        return
    if own.smtp_tls == "none" and not _is_here(own.smtp_host, local=local):
        problem = (
            f"must be starttls or tls: {own.smtp_host} is not on this machine, and others could"
            " read what is sent"
        )
        yield "notifications.smtp_tls", problem
    if (own.smtp_user is None) != (own.smtp_password is None):
        missing = "smtp_password" if own.smtp_password is None else "smtp_user"
        yield f"notifications.{missing}", "must be set too: a user and its password go together"
    # Only who has mail pays for it: every command loads this file.
    from adapters.notify.mail_form import read_sender

    try:
        read_sender(own.smtp_from or "", field="smtp_from")
    except InvalidValue as problem:
        yield "notifications.smtp_from", f"{problem.problem}, where notifications.smtp_host is set"


def _is_here(host: str, *, local: Container[str]) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in local


def _unfit(url: str, *, local: Container[str]) -> str | None:
    wanted = "must be an address such as https://desk.example.com"
    parts = split(url)
    if parts is None or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        return wanted
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in local):
        return None
    return "must begin with https:// unless it is on this machine"
