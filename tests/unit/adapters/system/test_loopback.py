"""A process that stays on loopback reaches this machine and nothing else, by whatever it tries."""

import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from adapters.system.loopback import is_loopback
from tests.unit.sources import ROOT

# Set aside for documents (RFC 5737, RFC 3849): nobody answers there, and nobody is asked.
ELSEWHERE = "203.0.113.7"
ELSEWHERE_6 = "2001:db8::7"


def child(body: str, *arguments: str) -> str:
    """Run a body in a process that stays on loopback, and return what it prints."""
    source = "from adapters.system.loopback import BeyondLoopback, stay_on_loopback\n"
    source += "import asyncio, socket, sys\nstay_on_loopback()\n" + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def answering() -> Iterator[int]:
    """Listen on every address of this machine, say hello to who comes, and give the port."""
    with socket.create_server(("0.0.0.0", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    one, _ = server.accept()
                except OSError:
                    return
                with one:
                    one.sendall(b"hello")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=20)


# Each is tried with the real library, to the address in `to`.
TRIES = {
    "a socket": "socket.create_connection((to, 9), timeout=5)",
    "a socket that is only asked": "socket.socket(family).connect_ex((to, 9))",
    "a datagram": "socket.socket(family, socket.SOCK_DGRAM).sendto(b'x', (to, 9))",
    "a message": "socket.socket(family, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, (to, 9))",
    "a stream of asyncio": "asyncio.run(asyncio.wait_for(asyncio.open_connection(to, 9), 5))",
    "a thread": """
        import concurrent.futures
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pool.submit(socket.create_connection, (to, 9), 5).result()
    """,
    "urllib": "import urllib.request; urllib.request.urlopen(f'http://{shown}:9/', timeout=5)",
    "httpx": "import httpx; httpx.get(f'http://{shown}:9/', trust_env=False, timeout=5)",
    "asyncpg": """
        import asyncpg
        asyncio.run(asyncpg.connect(host=to, port=9, user='u', database='d', timeout=5))
    """,
    "smtplib": "import smtplib; smtplib.SMTP(to, 9, timeout=5)",
}


@pytest.mark.parametrize("way", ["a socket", "a datagram", "a stream of asyncio"])
def test_every_address_beyond_loopback_is_refused(way: str) -> None:
    addresses = (ELSEWHERE, ELSEWHERE_6, "::ffff:203.0.113.7", "0.0.0.0")
    for address, said in zip(addresses, refused_of(TRIES[way], to=addresses), strict=True):
        assert f"{address} port 9 is not on this machine" in said


def test_every_library_is_refused() -> None:
    for way, body in TRIES.items():
        (said,) = refused_of(body, to=(ELSEWHERE,))
        assert ELSEWHERE in said, way


@pytest.mark.parametrize("way", ["a socket", "a stream of asyncio", "httpx", "smtplib"])
def test_a_name_is_not_even_looked_up(way: str) -> None:
    (said,) = refused_of(TRIES[way], to=("desk.example.com",))
    assert "the name desk.example.com is not on this machine" in said


def refused_of(body: str, *, to: Sequence[str]) -> list[str]:
    """Try something and return what it was refused with, however a library wraps that."""
    tried = textwrap.indent(textwrap.dedent(body).strip(), "        ")
    return child(
        f"""
for to in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    shown = f"[{{to}}]" if ":" in to else to
    try:
{tried}
    except Exception as problem:
        heard = problem
    else:
        sys.exit("it was let through")
    said = []
    while heard is not None:
        said.append(str(heard))
        heard = heard.__cause__ or heard.__context__ or getattr(heard, "reason", None)
    found = [one for one in said if "and this process is offline" in one]
    if not found:
        sys.exit(f"refused otherwise: {{said!r}}")
    print(found[0])
""",
        *to,
    ).splitlines()


def test_this_machine_is_reached_by_number_and_by_name() -> None:
    with answering() as port:
        said = child(
            """
            port = int(sys.argv[1])
            async def by(host):
                reader, writer = await asyncio.open_connection(host, port)
                said = await reader.read()
                writer.close()
                return said.decode()
            print(socket.create_connection(("127.0.0.1", port), 20).recv(9).decode())
            print(socket.create_connection(("localhost", port), 20).recv(9).decode())
            print(asyncio.run(by("127.0.0.9")), asyncio.run(by("localhost")))
            """,
            str(port),
        )
    assert said.split() == ["hello"] * 4


def test_a_listener_that_others_reach_is_not_reached() -> None:
    # By this number the kernel leads to a listener of its own machine: a connect that is let
    # through is answered.
    with answering() as port:
        with socket.create_connection(("0.0.0.0", port), 20) as one:
            assert one.recv(9) == b"hello"
        body = f"socket.create_connection((to, {port}), timeout=20).recv(9)"
        assert refused_of(body, to=("0.0.0.0",))


def test_files_and_pairs_are_this_machine() -> None:
    said = child(
        """
        import os, tempfile
        one, two = socket.socketpair()
        one.send(b"pair")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            server = socket.socket(socket.AF_UNIX); server.bind(path); server.listen()
            socket.socket(socket.AF_UNIX).connect(path)
            print(two.recv(9).decode(), "file", socket.getfqdn() != "")
        """
    )
    assert said == "pair file True"


def test_what_opens_sockets_unheard_is_not_let_in() -> None:
    said = child(
        """
        try:
            import uvloop
        except ImportError as problem:
            print(problem)
        """
    )
    assert "uvloop opens sockets" in said


def test_it_is_refused_where_that_is_loaded_already() -> None:
    late = "import uvloop\nfrom adapters.system.loopback import stay_on_loopback as stay\nstay()"
    done = subprocess.run(
        [sys.executable, "-c", late],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode != 0
    assert "too late to stay on loopback: uvloop is loaded" in done.stderr


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.255.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_what_loopback_is(host: str, here: bool) -> None:
    assert is_loopback(host) is here
