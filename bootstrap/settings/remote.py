"""Find what is wrong with the addresses of processes that are asked in place of this one."""

import ssl
from collections.abc import Container, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bootstrap.settings.sections import Settings


def remote_faults(settings: Settings, *, local: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the settings together."""
    own = settings.inference
    yield from _address_faults("inference.remote", own.remote, settings=settings, local=local)
    for name in ("remote_token", "remote_own"):
        if getattr(own, name) and own.remote is None:
            yield f"inference.{name}", "is set, and inference.remote is not"
    if own.remote_own and own.remote_token is not None:
        yield (
            "inference.remote_token",
            "is set, and inference.remote_own too: a part of this installation is shown its own",
        )
    if own.remote is not None and own.model_dir is None:
        yield (
            "inference.remote",
            "needs inference.model_dir here, too: what a model is, is read from its file",
        )
    if own.require == "remote" and own.remote is None:
        yield "inference.require", "is remote, and inference.remote is not set"
    remote = settings.sentiment.remote
    yield from _address_faults("sentiment.remote", remote, settings=settings, local=local)
    yield from _authority_faults("inference", own.remote_ca, url=own.remote)
    yield from _authority_faults("sentiment", settings.sentiment.remote_ca, url=remote)


def _address_faults(
    key: str, url: str | None, *, settings: Settings, local: Container[str]
) -> Iterator[tuple[str, str]]:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = None, None
    if (
        parts is None
        or not host
        or parts.scheme not in ("http", "https")
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        yield key, "must be an address such as https://models.example.com:8001"
    elif parts.scheme == "http" and host not in local and not settings.http.plain:
        yield key, "must be https, or http.plain set: a token goes there"


def _authority_faults(area: str, ca: Path | None, *, url: str | None) -> Iterator[tuple[str, str]]:
    if ca is None:
        return
    key = f"{area}.remote_ca"
    if url is None or not url.startswith("https:"):
        yield key, f"is set, and {area}.remote is no https address"
    try:
        ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as problem:
        why = problem.strerror or "there is no certificate in it"
        yield key, f"must be a file of certificates in PEM: {ca}: {why}"
