"""Time-based codes: the vectors of RFC 6238, and what an app would show."""

from datetime import UTC, datetime

import pyotp
import pytest

from adapters.security.totp import PyotpCodes

# Appendix B of the RFC, with SHA-1; its codes have eight digits, ours are the last six of them.
SEED = b"12345678901234567890"
VECTORS = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_the_rfc_hold(seconds: int, code: str) -> None:
    assert PyotpCodes().step_of(code[-6:], seed=SEED, at=at(seconds)) == seconds // 30


@pytest.mark.parametrize(
    ("off", "found"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_off_by_one_step(off: int, found: bool) -> None:
    code = pyotp.TOTP(PyotpCodes().text(SEED)).at(1_000_000_000 + off)
    step = PyotpCodes().step_of(code, seed=SEED, at=at(1_000_000_000))
    assert step == ((1_000_000_000 + off) // 30 if found else None)


@pytest.mark.parametrize("code", ["", "28708", "2870822", "94287082", "٢٨٧٠٨٢"])
def test_what_is_no_code_is_of_no_step(code: str) -> None:
    assert PyotpCodes().step_of(code, seed=SEED, at=at(59)) is None


def test_the_first_steps_of_time_have_none_before_them() -> None:
    code = pyotp.TOTP(PyotpCodes().text(SEED)).at(0)
    assert PyotpCodes().step_of(code, seed=SEED, at=at(10)) == 0


def test_of_two_steps_with_one_code_the_later_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyotp.TOTP, "generate_otp", lambda _self, _step: "123456")
    assert PyotpCodes().step_of("123456", seed=SEED, at=at(300)) == 11


def test_the_uri_is_read_back_by_an_app() -> None:
    uri = PyotpCodes().uri(seed=SEED, account="ada@example.com")
    app = pyotp.parse_uri(uri)
    assert isinstance(app, pyotp.TOTP)
    assert (app.byte_secret(), app.name, app.issuer) == (SEED, "ada@example.com", "Ballast")
    picture = PyotpCodes().picture(uri)
    assert picture.startswith("<svg")
    assert picture.rstrip().endswith("</svg>")
