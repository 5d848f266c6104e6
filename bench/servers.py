"""Start one of the three real servers for a row, or say why it cannot be measured."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.services.finding import own_service
from tests.services.service import ServiceFailed, Unavailable


@contextmanager
def own_server(name: str) -> Iterator[str]:
    """Run a server of the benchmark's own while the block runs; give its URL.

    SystemExit, with the reason, where it cannot be had: the runner goes on with other rows.
    """
    with ExitStack() as stack:
        try:
            service = stack.enter_context(own_service(name))
        except (Unavailable, ServiceFailed) as problem:
            raise SystemExit(f"there is no {name} to measure on: {problem}") from problem
        yield service.url
