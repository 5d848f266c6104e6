"""Write and read the keys of age as text: Bech32 over 32 bytes, by BIP 173 and age's own page."""

from domain.shared.values import InvalidValue

KEY_BYTES = 32
RECIPIENT = "age"
IDENTITY = "age-secret-key-"
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECK_LENGTH = 6


def identity_of(secret: bytes) -> str:
    """Return the identity (AGE-SECRET-KEY-1...) whose 32 bytes these are."""
    if len(secret) != KEY_BYTES:
        raise InvalidValue(field="secret", problem=f"must be {KEY_BYTES} bytes")
    return _written(IDENTITY, secret).upper()


def secret_of(identity: str) -> bytes:
    """Return the 32 bytes of an identity; raises InvalidValue, which does not show it."""
    if identity != identity.upper():
        raise InvalidValue(field="identity", problem="must be in capitals, AGE-SECRET-KEY-1...")
    return _read(identity.lower(), prefix=IDENTITY, field="identity")


def check_recipient(recipient: str, *, field: str) -> None:
    """Raise InvalidValue for what is no public key of age (age1...)."""
    _read(recipient, prefix=RECIPIENT, field=field)


def _read(text: str, *, prefix: str, field: str) -> bytes:
    wrong = InvalidValue(field=field, problem=f"must be a key of age, {prefix}1..., without a typo")
    body = text.removeprefix(f"{prefix}1")
    if body == text or any(letter not in _LETTERS for letter in body):
        raise wrong
    values = [_LETTERS.index(letter) for letter in body]
    if _remainder(prefix, values) != 1:
        raise wrong
    number = 0
    for value in values[:-_CHECK_LENGTH]:
        number = number << 5 | value
    spare = 5 * (len(values) - _CHECK_LENGTH) - 8 * KEY_BYTES
    # What does not fill a byte is at most four bits, and they are nought.
    if not 0 <= spare < 5 or number & ((1 << spare) - 1):
        raise wrong
    return (number >> spare).to_bytes(KEY_BYTES, "big")


def _written(prefix: str, content: bytes) -> str:
    spare = -8 * len(content) % 5
    number = int.from_bytes(content, "big") << spare
    places = range(8 * len(content) + spare - 5, -1, -5)
    values = [number >> place & 31 for place in places]
    check = _remainder(prefix, values + [0] * _CHECK_LENGTH) ^ 1
    values += [check >> 5 * (_CHECK_LENGTH - 1 - place) & 31 for place in range(_CHECK_LENGTH)]
    return f"{prefix}1" + "".join(_LETTERS[value] for value in values)


def _remainder(prefix: str, values: list[int]) -> int:
    codes = [ord(letter) for letter in prefix]
    remainder = 1
    for value in [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes), *values]:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for place, term in enumerate(_GENERATOR):
            remainder ^= term if top >> place & 1 else 0
    return remainder
