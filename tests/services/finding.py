"""Find a service for tests: a URL that is given, one that runs, a container, one of our own."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.containers import container, docker_answers
from tests.services.kinds import VARIABLES, fetch, service_in
from tests.services.reaper import Reaper
from tests.services.service import Service, ServiceFailed
from tests.services.state import State
from tests.strict import is_strict


@contextmanager
def url_of(name: str, *, own: Callable[[], Service], state: State | None = None) -> Iterator[str]:
    """Give a service's URL until the block ends; `own` starts one here when all else fails.

    Raises Unavailable, or ServiceFailed for one that was started and has crashed.
    """
    given = os.environ.get(VARIABLES[name])
    if given:
        yield given
        return
    started = (state or State()).read().get(name)
    if started is not None and started.is_alive():
        yield started.url
        return
    if started is not None and is_strict():
        raise ServiceFailed(f"{name} was started and has crashed\n{started.log_tail()}")
    if docker_answers():
        with container(name) as url:
            yield url
        return
    yield own().url


@contextmanager
def own_service(name: str) -> Iterator[Service]:
    """Start a service of this process's own, to be killed and paused; it ends with the block.

    Fetches what it needs into this user's cache, and installs nothing. Raises Unavailable.
    """
    fetch(name, install=False)
    folder = Path(tempfile.mkdtemp(prefix="ballast-test-"))
    # Postgres runs as another user when this one is root.
    folder.chmod(0o711)
    reaper = Reaper()
    service = service_in(folder, name=name, on_start=reaper.watch)
    try:
        service.start()
        yield service
    finally:
        service.stop()
        reaper.close()
        shutil.rmtree(folder)
