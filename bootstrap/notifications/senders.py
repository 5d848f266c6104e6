"""Build the senders of the channels that lead out of this installation."""

from collections.abc import Mapping
from ipaddress import ip_network

from bootstrap.settings.notifications import SMTP_PORTS, NotificationSettings
from domain.notifications.message import Channel
from ports.notifications import Sender
from ports.time import Clock


def build_senders(own: NotificationSettings, *, clock: Clock) -> Mapping[Channel, Sender]:
    """Return a sender for each channel that is set; mail and text messages may be absent."""
    # Only who serves pays for these: commands build the same container.
    from adapters.notify.destinations import Destinations
    from adapters.notify.linked import LinkedSender
    from adapters.notify.push import PushSender
    from adapters.notify.webhook import WebhookSender

    private = tuple(ip_network(network) for network in own.private_networks)
    senders: dict[Channel, Sender] = {
        Channel.PUSH: PushSender(
            hosts=[host.lower() for host in own.push_hosts], timeout_s=own.timeout_s
        ),
        Channel.WEBHOOK: WebhookSender(
            Destinations(private=private), clock=clock, timeout_s=own.timeout_s
        ),
    }
    if own.smtp_host is not None:
        senders[Channel.EMAIL] = _mail(own, host=own.smtp_host)
    if own.twilio_account is not None:
        senders[Channel.SMS] = _texts(own, account=own.twilio_account, clock=clock)
    return {
        channel: LinkedSender(sender, public_url=own.public_url)
        for channel, sender in senders.items()
    }


def _mail(own: NotificationSettings, *, host: str) -> Sender:
    from adapters.notify.mail import Encryption, MailSender, MailServer
    from adapters.notify.mail_form import read_sender

    server = MailServer(
        host=host,
        port=own.smtp_port or SMTP_PORTS[own.smtp_tls],
        encryption=Encryption(own.smtp_tls),
        user=own.smtp_user,
        password=own.smtp_password,
    )
    sender = read_sender(own.smtp_from or "", field="smtp_from")
    return MailSender(server, sender=sender, timeout_s=own.timeout_s)


def _texts(own: NotificationSettings, *, account: str, clock: Clock) -> Sender:
    from adapters.notify.twilio import TwilioAccount, TwilioSender

    known = TwilioAccount(
        sid=account,
        token=own.twilio_token or "",
        sender=own.twilio_from or "",
        url=own.twilio_url.rstrip("/"),
    )
    return TwilioSender(known, clock=clock, timeout_s=own.timeout_s)
