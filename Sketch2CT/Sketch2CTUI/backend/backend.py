"""The service as the panels use it: requests go out, answers come on a timer, and the event loop never waits.

One client at a time, for a local worker or a server as the settings say; when they change, the old one is let go and
the next request makes another.
"""

from __future__ import annotations

import queue
import secrets
from collections.abc import Callable, Sequence

import qt

from ..widgets.events import Listeners
from ..widgets.file_task import FileTask, collect_garbage, hold_garbage, release_garbage
from ..widgets.translation import _
from .link import Link, Run, link_key

_BRISK_MS = 5  # between ticks while somebody draws, or threads of a server's connection need time
_PATIENCE_S = 0.001  # of each tick for them
_STOPPING: set[Backend] = set()  # kept until their clients are gone


class Backend:
    """The panels' client of the service; it is used from the main thread alone.

    Args:
        settings_of: Gives the GenerateSettings; read at each request.
        token_of: Gives the token for a server.
        command: The command that starts the local worker, in place of what the settings say.
        interval_ms: Between two looks at what arrived; nothing is looked at while nothing is asked.

    Attributes:
        on_log: Called with each line that a local worker writes into its log.
    """

    def __init__(
        self,
        settings_of: Callable,
        token_of: Callable[[], str] = lambda: "",
        *,
        command: Sequence[str] | None = None,
        interval_ms: int = 50,
    ) -> None:
        _import_now()
        self._session = secrets.token_hex(12)  # of drafts
        self.on_log = Listeners()
        self._settings_of, self._token_of, self._command = settings_of, token_of, command
        self._current: Link | None = None
        self._retiring: list[Link] = []
        self._nothing: queue.SimpleQueue = queue.SimpleQueue()
        self._interval_ms = int(interval_ms)
        self._timer = qt.QTimer()
        self._timer.interval = self._interval_ms
        self._timer.connect("timeout()", self._tick)
        self._holds = False  # whether the collector is kept from a client's threads

    @property
    def is_running(self) -> bool:
        """Whether a run goes on, or files are on their way."""
        return any(link.is_running for link in self._links())

    @property
    def pid(self) -> int | None:
        """The process number of the local worker; None where there is none."""
        return self._current.pid if self._current is not None else None

    def submit(
        self,
        request,
        *,
        on_progress: Callable,
        on_preview: Callable,
        on_done: Callable,
        on_failed: Callable,
        owner=None,
    ) -> Run:
        """Sends a job and returns at once; the functions are called in the main thread, later.

        Args:
            request: A request of the protocol, or its fields as a dict; an id is made where there is none.
            on_progress: Called with `progress`, `queued` and `planned`; where several came at once, with the latest.
            on_preview: Called with `preview`.
            on_done, on_failed: One of them is called, once, with the last event; of a cancelled run `on_failed`, with
                the code `cancelled`.
            owner: When it is gone, the run is cancelled and nothing is called any more.

        Raises:
            ProtocolError: A field is wrong.
            ConfigError: The address, the token or the Python of the settings cannot be used.
        """
        from Sketch2CTLib.service.protocol.lines import request_of
        from Sketch2CTLib.service.protocol.messages import new_id

        if isinstance(request, dict):
            request = request_of({"id": new_id(), **request})
        listeners = {"on_progress": on_progress, "on_preview": on_preview, "on_done": on_done, "on_failed": on_failed}
        run = self._link().submit(request, listeners, owner)
        self._wake()
        return run

    def draft(self, request: dict, on_drafted: Callable, on_failed: Callable) -> None:
        """Asks for a draft; one of the functions is called, with `drafted` or with `error`.

        Args:
            request: The fields of the protocol's `draft`, less its id.
            on_drafted, on_failed: Called in the main thread, later.
        """
        from Sketch2CTLib.service.protocol.lines import request_of
        from Sketch2CTLib.service.protocol.messages import new_id

        asked = request_of({"id": new_id(), "session": self._session, **request})
        self._ask(asked, on_drafted, on_failed)

    def hello(self, on_ready: Callable, on_failed: Callable) -> None:
        """Asks the service what it is; one of the functions is called, with `ready` or with `error`."""
        from Sketch2CTLib.service.protocol.messages import Hello, new_id

        self._ask(Hello(id=new_id(), client="Slicer"), on_ready, on_failed)

    def test_connection(
        self, on_told: Callable[[str], None], on_failed: Callable, on_ready: Callable | None = None
    ) -> None:
        """Asks as `hello` does and gives one sentence: who answers, its version, models, device and memory.

        Args:
            on_told: Called with the sentence.
            on_failed: Called with `error` otherwise.
            on_ready: Called before with `ready`.
        """
        from Sketch2CTLib.service.protocol.messages import Status, new_id

        def ready_came(ready) -> None:
            if on_ready is not None:
                on_ready(ready)
            title = self._current.title if self._current is not None else _("The service")
            self._ask(
                Status(id=new_id()),
                lambda state: on_told(connection_sentence(ready, state, title)),
                lambda failed: on_told(connection_sentence(ready, None, title)),
            )

        self.hello(ready_came, on_failed)

    def fetch(self, event, folder, on_done: Callable, on_failed: Callable) -> FileTask:
        """Brings the files of a `result` or `preview` into a folder; each appears whole or not at all.

        Args:
            event: An event of a run of this backend.
            folder: Is made where it is not there.
            on_done: Called with file name → path.
            on_failed: Called with `error` otherwise.
        """
        senders = [link for link in self._links() if link.knows(event.job)]
        task = (senders[0] if senders else self._link()).fetch(event, folder, on_done, on_failed)
        self._wake()
        return task

    def stop(self) -> None:
        """Ends everything without waiting: runs are dropped, a local worker ends. A later request starts anew."""
        for link in self._links():
            link.drop_all()
        self._let_go()
        if self._retiring:
            _STOPPING.add(self)
        self._wake()

    # ---- inside

    def _links(self) -> list[Link]:
        return [*self._retiring, *([self._current] if self._current is not None else [])]

    def _link(self) -> Link:
        """The client that the settings lead to now."""
        settings, token = self._settings_of(), str(self._token_of() or "")
        if self._current is not None and self._current.key != link_key(settings, token):
            self._let_go()
        if self._current is None:
            self._current = Link(settings, token, self._command, self.on_log)
        return self._current

    def _let_go(self) -> None:
        if self._current is not None:
            self._retiring.append(self._current)
            self._current = None
        self._retire()

    def _retire(self) -> None:
        self._retiring = [link for link in self._retiring if not link.retire()]
        if not self._retiring:
            _STOPPING.discard(self)

    def _ask(self, request, on_answer: Callable, on_failed: Callable) -> None:
        from Sketch2CTLib.errors import Sketch2CTError
        from Sketch2CTLib.service.protocol.events import Failed

        try:
            self._link().ask(request, on_answer, on_failed)
        except Sketch2CTError as error:
            on_failed(Failed.of(error))
        self._wake()

    def _wake(self) -> None:
        busy = any(link.is_busy for link in self._links()) or bool(self._retiring)
        brisk = any(link.is_drafting or (not link.is_local and link.is_busy) for link in self._links())
        self._hold_garbage(busy and any(not link.is_local for link in self._links()))
        interval = _BRISK_MS if brisk else self._interval_ms
        if int(self._timer.interval) != interval:
            self._timer.interval = interval
        if not busy:
            self._timer.stop()
        elif not self._timer.active:
            self._timer.start()

    def _tick(self) -> None:
        if any(not link.is_local for link in self._links()):
            self._give_threads_time()
        try:
            for link in self._links():
                link.tick()
        finally:
            self._retire()
            self._wake()

    def _hold_garbage(self, held: bool) -> None:
        """A client's threads wait for the network where nobody is busy, and allocate nothing then."""
        if held != self._holds:
            self._holds = held
            hold_garbage() if held else release_garbage()
        collect_garbage()

    def _give_threads_time(self) -> None:
        """Waits a moment without Python's lock: Slicer's event loop holds it, and threads need it to get on."""
        try:
            self._nothing.get(timeout=_PATIENCE_S)
        except queue.Empty:
            return


def _import_now() -> None:
    """The parts that take a moment, while the panels are built and not while a run goes on."""
    import Sketch2CTLib.service.client.client
    import Sketch2CTLib.service.client.http
    import Sketch2CTLib.service.protocol.lines  # noqa: F401


def connection_sentence(ready, state, where: str) -> str:
    """What the answers to `hello` and `status` say of a service.

    Args:
        ready: Version, presets, structures.
        state: What is loaded and on which device, free memory; or None.
        where: 'This computer', or a server's address.
    """
    parts = [
        _("{where} answers: Sketch2CT {tool_version}").format(
            where=where, tool_version=ready.tool_version or _("of an unknown version")
        )
    ]
    parts.append(
        _("model {names}").format(names=", ".join(ready.presets))
        if ready.presets
        else _("no model yet (import one under Setup)")
    )
    if ready.structures:
        parts.append(_("{structures} structures").format(structures=len(ready.structures)))
    if state is not None and state.loaded:
        parts.append(_("loaded: {names}").format(names=", ".join(state.loaded)))
    elif state is not None:
        parts.append(_("nothing loaded yet, the device is told at the first run"))
    if state is not None and state.free_mb is not None:
        parts.append(_("{free_mb:.1f} GB of memory free").format(free_mb=state.free_mb / 1024))
    return f"{parts[0]}; {'; '.join(parts[1:])}."
