"""Start and stop the servers: python -m tests.services up|down|status|env."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.scratch import scratch
from tests.services.kinds import NAMES, VARIABLES, fetch, service_in
from tests.services.service import Service, ServiceFailed, Unavailable
from tests.services.state import FOLDER, State, StateUnreadable


def main(arguments: Sequence[str]) -> int:
    """Do what is asked; 1 when something does not run that should."""
    asked = _parser().parse_args(arguments)
    names: list[str] = asked.only.split(",") if asked.only else list(NAMES)
    if unknown := sorted(set(names) - set(NAMES)):
        _say(f"error: {', '.join(unknown)} unknown; there are {', '.join(NAMES)}")
        return 2
    act: Callable[[State, list[str]], int] = {
        "up": up,
        "down": down,
        "status": status,
        "env": env,
    }[asked.what]
    try:
        return act(State(asked.folder), names)
    except StateUnreadable as error:
        _say(f"error: {error}")
        return 1


def up(state: State, names: list[str]) -> int:
    """Start what does not run, fetching and installing what it needs; all at once."""
    with state.held():
        services = state.read()
        failed = False
        waiting = []
        for name in names:
            known = services.get(name)
            if known is not None and known.is_alive():
                _say(f"{name} runs: {known.url}")
                continue
            if known is not None:
                _say(_crash(known))
            try:
                fetch(name, install=True)
            except Unavailable as error:
                _say(f"error: {error}")
                failed = True
                continue
            waiting.append(known or _new(name, state=state))
        with ThreadPoolExecutor(max_workers=len(NAMES)) as threads:
            for service, problem in zip(waiting, threads.map(_started, waiting), strict=True):
                if problem is None:
                    services[service.name] = service
                    _say(f"{service.name} started: {service.url}")
                else:
                    _say(f"error: {problem}")
                    failed = True
                    if service.name not in services:
                        service.remove()
        state.write(services)
    return int(failed)


def down(state: State, names: list[str]) -> int:
    """Stop what this checkout started, and remove its data; the logs stay."""
    with state.held():
        services = state.read()
        for name in names:
            service = services.pop(name, None)
            if service is None:
                _say(f"{name} was not started")
                continue
            if not service.is_alive():
                _say(_crash(service))
            service.stop()
            service.remove()
            _say(f"{name} stopped")
            state.write(services)
    return 0


def status(state: State, names: list[str]) -> int:
    """Say what runs; of what crashed, the end of the log."""
    services = state.read()
    missing = False
    for name in names:
        service = services.get(name)
        if service is not None and service.is_alive():
            answers = "runs" if service.server.answers() else "runs, but does not answer"
            _say(f"{name} {answers}: {service.url}")
        else:
            missing = True
            _say(f"{name} was not started" if service is None else _crash(service))
    return int(missing)


def env(state: State, names: list[str]) -> int:
    """Print what a shell evaluates to have the URLs in its environment."""
    for name, service in state.read().items():
        if name in names and service.is_alive():
            sys.stdout.write(f"export {VARIABLES[name]}='{service.url}'\n")
    return 0


def _new(name: str, *, state: State) -> Service:
    """Give it a folder of its own in the scratch folder; its log stays beside the state."""
    memory = scratch()
    if memory is None:
        return service_in(state.folder, name=name)
    folder = Path(tempfile.mkdtemp(prefix="ballast-services-", dir=memory))
    # Postgres' own user passes through.
    folder.chmod(0o711)
    return service_in(folder, name=name, logs=state.folder)


def _started(service: Service) -> Unavailable | ServiceFailed | None:
    try:
        service.start()
    except (Unavailable, ServiceFailed) as problem:
        return problem
    return None


def _crash(service: Service) -> str:
    return f"{service.name} has crashed; the end of {service.log_path}:\n{service.log_tail()}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("what", choices=("up", "down", "status", "env"))
    parser.add_argument("--only", help=f"some of them: {','.join(NAMES)}")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they keep their files")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
