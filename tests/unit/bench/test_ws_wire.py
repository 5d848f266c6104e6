"""Frames of RFC 6455: cut wherever the stream is cut, masked on the way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.ws_wire import BINARY, PING, TEXT, FrameReader, WireError, encode_frame, encode_handshake


def server_frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


frames = st.lists(
    st.tuples(
        st.sampled_from([TEXT, BINARY, PING]),
        st.integers(min_value=0, max_value=400).map(lambda size: b"x" * size),
    ),
    max_size=8,
)


@given(frames, st.integers(min_value=1, max_value=300))
def test_frames_survive_any_cut_of_the_stream(sent: list[tuple[int, bytes]], width: int) -> None:
    stream = b"".join(server_frame(opcode, payload) for opcode, payload in sent)
    reader = FrameReader()

    read = [
        frame
        for start in range(0, len(stream), width)
        for frame in reader.feed(stream[start : start + width])
    ]

    assert read == sent


def test_a_frame_with_a_long_length_is_read() -> None:
    payload = b"y" * 70_000

    assert list(FrameReader().feed(server_frame(BINARY, payload))) == [(BINARY, payload)]


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(bytes((0x81, 0x80)) + b"mask", id="masked"),
        pytest.param(bytes((0xC1, 0x01)) + b"x", id="compressed"),
        pytest.param(bytes((0x82, 127)) + (1 << 40).to_bytes(8, "big"), id="too long"),
    ],
)
def test_what_a_server_may_not_send_is_refused(stream: bytes) -> None:
    with pytest.raises(WireError):
        list(FrameReader().feed(stream))


@pytest.mark.parametrize("size", [0, 125, 126, 65_535])
def test_a_client_frame_is_masked_and_says_its_length(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))

    frame = encode_frame(TEXT, payload)

    assert frame[0] == 0x80 | TEXT
    assert frame[1] & 0x80
    head = 2 if size < 126 else 4
    assert size == (frame[1] & 0x7F if head == 2 else int.from_bytes(frame[2:4], "big"))
    mask, masked = frame[head : head + 4], frame[head + 4 :]
    assert bytes(byte ^ mask[index % 4] for index, byte in enumerate(masked)) == payload


def test_a_client_frame_above_the_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 65535 bytes"):
        encode_frame(TEXT, b"x" * 65_536)


def test_the_handshake_carries_the_path_and_the_given_headers() -> None:
    asked = encode_handshake(
        host="127.0.0.1", port=8000, path="/ws/v1?ticket=t", headers={"Authorization": "Bearer t"}
    )

    assert asked.startswith(b"GET /ws/v1?ticket=t HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer t\r\n" in asked
    assert asked.endswith(b"\r\n\r\n")
