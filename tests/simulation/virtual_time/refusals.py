"""Refuse what a simulated loop cannot do: real sockets, threads, processes and signals."""

import asyncio
from typing import Any, NoReturn


class NotSimulated(NotImplementedError):
    """The code under simulation asked the event loop for real input or output."""


def _refused(name: str) -> Any:
    def refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotSimulated(
            f"SimulatedLoop.{name} refused: a simulated process has no sockets, threads, "
            "subprocesses or signals; put the call behind a port and give it an in-memory adapter"
        )

    refuse.__name__ = name
    refuse.__qualname__ = f"SimulatedLoop.{name}"
    return refuse


class RefusingLoop(asyncio.AbstractEventLoop):
    """An event loop of which every method that needs the outside world refuses, saying so."""

    run_in_executor = _refused("run_in_executor")
    set_default_executor = _refused("set_default_executor")
    getaddrinfo = _refused("getaddrinfo")
    getnameinfo = _refused("getnameinfo")
    create_connection = _refused("create_connection")
    create_server = _refused("create_server")
    create_unix_connection = _refused("create_unix_connection")
    create_unix_server = _refused("create_unix_server")
    create_datagram_endpoint = _refused("create_datagram_endpoint")
    connect_accepted_socket = _refused("connect_accepted_socket")
    connect_read_pipe = _refused("connect_read_pipe")
    connect_write_pipe = _refused("connect_write_pipe")
    start_tls = _refused("start_tls")
    sendfile = _refused("sendfile")
    subprocess_shell = _refused("subprocess_shell")
    subprocess_exec = _refused("subprocess_exec")
    add_reader = _refused("add_reader")
    remove_reader = _refused("remove_reader")
    add_writer = _refused("add_writer")
    remove_writer = _refused("remove_writer")
    sock_recv = _refused("sock_recv")
    sock_recv_into = _refused("sock_recv_into")
    sock_recvfrom = _refused("sock_recvfrom")
    sock_recvfrom_into = _refused("sock_recvfrom_into")
    sock_sendall = _refused("sock_sendall")
    sock_sendto = _refused("sock_sendto")
    sock_connect = _refused("sock_connect")
    sock_accept = _refused("sock_accept")
    sock_sendfile = _refused("sock_sendfile")
    add_signal_handler = _refused("add_signal_handler")
    remove_signal_handler = _refused("remove_signal_handler")
