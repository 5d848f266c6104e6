"""Look at an age file from outside: whom it is for by kind, and whether it is whole.

By the specification of age v1 (https://age-encryption.org/v1): a header of stanzas, a line of its
MAC, a nonce and chunks. Nothing here can open one.
"""

import re

from domain.shared.values import InvalidValue

AGE_FILE_BYTES_MAX = 10_485_760
RECIPIENTS = 2
_HEADER_MAX = 8_192
_VERSION = b"age-encryption.org/v1\n"
_ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_NONCE, _TAG, _CHUNK = 16, 16, 65_536
_BASE64 = rb"[A-Za-z0-9+/]"
# The arguments, and a body in full lines of 64 before one that is shorter.
_STANZA = re.compile(rb"-> ([!-~]+(?: [!-~]+)*)\n((?:%b{64}\n)*%b{0,63}\n)" % (_BASE64, _BASE64))
_MAC = re.compile(rb"--- %b{43}\n" % _BASE64)
# An X25519 stanza: the ephemeral share, and the file key sealed for one recipient.
_X25519 = re.compile(rb"X25519 %b{43}" % _BASE64)
_SEALED_KEY = re.compile(rb"%b{43}\n" % _BASE64)


def check_age_file(content: bytes, *, field: str) -> None:
    """Raise InvalidValue for what is no whole age file for exactly two X25519 recipients."""
    if len(content) > AGE_FILE_BYTES_MAX:
        problem = f"must be at most {AGE_FILE_BYTES_MAX} bytes, and is {len(content)}"
        raise InvalidValue(field=field, problem=problem)
    if content.startswith(_ARMOUR):
        raise InvalidValue(field=field, problem="must be a plain age file, not an armoured one")
    if not content.startswith(_VERSION):
        raise InvalidValue(field=field, problem="must be an age v1 file: it is not encrypted")
    header, place, recipients = content[:_HEADER_MAX], len(_VERSION), 0
    while stanza := _STANZA.match(header, place):
        recipients += _is_recipient(stanza[1], stanza[2], field=field)
        place = stanza.end()
    mac = _MAC.match(header, place)
    if mac is None:
        raise InvalidValue(field=field, problem="must be an age v1 file: its header is broken")
    if recipients != RECIPIENTS:
        problem = f"must be for {RECIPIENTS} X25519 recipients, and is for {recipients}"
        raise InvalidValue(field=field, problem=problem)
    payload = len(content) - mac.end() - _NONCE
    last = payload % (_CHUNK + _TAG)
    # The last chunk holds something, save where there is nothing at all.
    if payload < _TAG or 0 < last <= _TAG < payload:
        raise InvalidValue(field=field, problem="must be a whole age file: its end is missing")


def _is_recipient(arguments: bytes, body: bytes, *, field: str) -> bool:
    if _X25519.fullmatch(arguments) and _SEALED_KEY.fullmatch(body):
        return True
    # Noise that some writers add, which no reader may stumble over.
    if arguments.split(b" ")[0].endswith(b"-grease"):
        return False
    raise InvalidValue(
        field=field, problem="must be for X25519 recipients only: no passphrase, no other kind"
    )
