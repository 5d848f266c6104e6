"""The life of one fork: run tests as long as there are any, and say how each went."""

import gc
import os
import traceback
from typing import Any, NoReturn

import pytest

from tests.forking.said import Speaker
from tests.forking.work import Shared, Work


class _Quiet:
    """Stands where the terminal's reporter stood: other plugins write to its writer."""

    def __init__(self, config: pytest.Config) -> None:
        self._tw = config.get_terminal_writer()


def live(session: pytest.Session, *, number: int, work: Work, shared: Shared, out: int) -> NoReturn:
    """Be the fork of this number; never returns."""
    code = 70
    try:
        speaker = _settle(session.config, out)
        try:
            _run(session, number=number, work=work, shared=shared)
            _look_back(session.config)
        except pytest.exit.Exception as wish:
            speaker.say("exit", (wish.msg, wish.returncode))
        except KeyboardInterrupt:
            speaker.say("interrupted", None)
        except BaseException:  # noqa: BLE001 - said there, where it is an error of the whole run
            speaker.say("broken", traceback.format_exc())
        speaker.write()
        shared.runs(number, None)
        code = 0
    except BrokenPipeError:
        # Nobody listens any more.
        pass
    except BaseException:  # noqa: BLE001 - a fork must not go on as if it were its parent
        traceback.print_exc()
    finally:
        # What was meant for the end of the process that forked this one is for that one to do.
        os._exit(code)


def _settle(config: pytest.Config, out: int) -> Speaker:
    plugins = config.pluginmanager
    quiet = _Quiet(config)
    plugins.unregister(name="terminalreporter")
    plugins.register(quiet, "terminalreporter")
    # Captured output goes to a file, and each process needs its own.
    capture: Any = plugins.get_plugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    capture.suspend_global_capture()
    speaker = Speaker(config, out=out)
    plugins.register(speaker, "forking-speaker")
    return speaker


def _run(session: pytest.Session, *, number: int, work: Work, shared: Shared) -> None:
    numbers = work.taken()
    following = next(numbers, None)
    while following is not None:
        current, following = following, next(numbers, None)
        if shared.is_over():
            following = None
        item = session.items[current]
        shared.runs(number, current)
        # Known one ahead: what the next test needs too is not torn down.
        nextitem = None if following is None else session.items[following]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        if session.shouldfail or session.shouldstop:
            shared.end()
            session._setupstate.teardown_exact(None)
            return


def _look_back(config: pytest.Config) -> None:
    """Fail for what only now can be noticed: an error while the last test's garbage goes."""
    gc.collect()
    for name, look in (
        ("unraisableexception", "collect_unraisable"),
        ("threadexception", "collect_thread_exception"),
    ):
        plugin = config.pluginmanager.get_plugin(name)
        if plugin is not None:
            getattr(plugin, look)(config)
