"""Speak TLS: the server's certificate, read again when it changes."""

import ssl
from datetime import datetime
from pathlib import Path
from stat import S_IMODE

import structlog

from adapters.http.server.settings import ServerSettings

log = structlog.get_logger(__name__)

# Of TLS 1.2 what has forward secrecy and authenticates; 1.3 has nothing else.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_EVERYONE = 0o007


class TlsUnusable(Exception):
    """The certificate or its key cannot be used; the message says why."""


class Certificate:
    """The certificate of a server; files that change are read again, for who connects then."""

    def __init__(self, *, certificate: Path, key: Path) -> None:
        self._certificate = certificate
        self._key = key
        self._read = _stamp(certificate, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(CIPHERS)
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        self._load()

    def renew(self) -> None:
        """Read the files again if they changed; what cannot be used leaves things as they are."""
        try:
            stamp = _stamp(self._certificate, self._key)
            if stamp == self._read:
                return
            # Both at once or neither: a pair is tried on a context of its own first.
            Certificate(certificate=self._certificate, key=self._key)
            self._load()
        except TlsUnusable as problem:
            log.warning("tls.not_renewed", problem=str(problem))
            return
        self._read = stamp
        log.info("tls.renewed")

    def _load(self) -> None:
        try:
            if S_IMODE(self._key.stat().st_mode) & _EVERYONE:
                raise TlsUnusable(f"{self._key} can be read by everyone: chmod 600 it")
            self.context.load_cert_chain(self._certificate, self._key, password=self._ask)
        except OSError as problem:
            # Of what OpenSSL says the reason, which repeats nothing of the files.
            why = getattr(problem, "reason", None) or problem.strerror or "unreadable"
            raise TlsUnusable(f"{self._certificate} with {self._key}: {why}") from problem

    def _ask(self) -> str:
        raise TlsUnusable(f"{self._key} is encrypted, and nobody is there to type its password")


def certificate_of(settings: ServerSettings) -> Certificate | None:
    """Return the server's certificate, None where it speaks plain HTTP; raises TlsUnusable."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Certificate(certificate=settings.tls_certificate, key=settings.tls_key)


def expires_at(settings: ServerSettings) -> datetime:
    """Return when the server's certificate ends; raises TlsUnusable."""
    from cryptography import x509

    assert settings.tls_certificate is not None
    try:
        found = x509.load_pem_x509_certificate(settings.tls_certificate.read_bytes())
    except (OSError, ValueError) as problem:
        raise TlsUnusable(f"{settings.tls_certificate} cannot be read: {problem}") from problem
    return found.not_valid_after_utc


def _stamp(*paths: Path) -> tuple[tuple[int, int], ...]:
    try:
        return tuple((found.st_mtime_ns, found.st_ino) for found in (one.stat() for one in paths))
    except OSError as problem:
        raise TlsUnusable(f"{problem.filename} cannot be read: {problem.strerror}") from problem
