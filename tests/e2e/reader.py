"""A reader without a browser: the websocket that Streamlit's page opens, and what it shows.

It sends what the page sends and keeps the elements that a script draws. One thing is not
as in a browser: it polls for new prices when a test calls `poll`, and not once in so many
seconds, so that a test need not wait for the clock.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.elements import chart_message, markup_of_table, read_table

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()<>#+\-.!|~$:&])")
_MARKUP = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)
_PATIENCE = 120.0  # of one run, on the busiest machine


@dataclass(frozen=True)
class Element:
    """One element of the page: its kind, its text, its fragment, and the message it came in."""

    kind: str
    text: str
    fragment: str
    sent: bytes = b""


@dataclass
class Reader:
    """One session on one page; a context manager."""

    url: str
    page: str = ""
    query: str = ""
    runs: int = 0
    interval: float = float("inf")
    _elements: dict[tuple[int, ...], Element] = field(default_factory=dict)
    _buttons: dict[str, str] = field(default_factory=dict)
    _charts: dict[tuple[int, ...], dict[str, Any]] = field(default_factory=dict)
    _script: str = ""
    _poll_fragment: str = ""
    _socket: ClientConnection | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Reader:
        connection = connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=_PATIENCE,
        )
        self._socket = self._stack.enter_context(connection)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # -- what is on the page -----------------------------------------------------------------------

    def texts(self, *kinds: str) -> str:
        """Return what a reader reads, of some kinds of elements or of all."""
        elements = [e for _, e in sorted(self._elements.items()) if not kinds or e.kind in kinds]
        return "\n".join(element.text for element in elements if element.text)

    def sent(self) -> list[tuple[str, str, bytes]]:
        """Return all that is on the page, in its order: kinds, texts, and the messages themselves.

        Random ids of a session are left out.
        """
        return [(e.kind, e.text, e.sent) for _, e in sorted(self._elements.items())]

    @property
    def warnings(self) -> str:
        """The text of the boxes at the top."""
        return self.texts("alert")

    @property
    def charts(self) -> list[dict[str, Any]]:
        """The charts on the page, as their specifications were sent."""
        return [chart for path, chart in sorted(self._charts.items()) if path in self._elements]

    # -- what a reader does --------------------------------------------------------------------

    def open(self, page: str | None = None) -> float:
        """Draw the page, or another one; return the seconds until it was drawn."""
        self.page = self.page if page is None else page
        self._script = ""
        return self._run()

    def click(self, key: str) -> float:
        """Press the button with a key of the app; return the seconds until the page was drawn."""
        return self._run(button=self._buttons[key])

    def poll(self) -> None:
        """Do what the page does by itself every few seconds."""
        if self._poll_fragment:
            self._run(fragment=self._poll_fragment)

    def wait(self, name: str, holds: Callable[[], bool], seconds: float = 120.0) -> float:
        """Poll until a condition holds; return the seconds that took."""
        started = time.monotonic()
        while not holds():
            assert time.monotonic() - started < seconds, f"missing: {name}\n\n{self.texts()}"
            time.sleep(0.05)
            self.poll()
        return time.monotonic() - started

    # -- the protocol ----------------------------------------------------------------------------

    def _run(self, *, fragment: str = "", button: str = "") -> float:
        assert self._socket is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.fragment_id = self.query, fragment
        if self._script:
            state.page_script_hash = self._script
        else:
            state.page_name = self.page
        state.is_auto_rerun = bool(fragment)
        state.context_info.timezone = "UTC"
        state.context_info.url = f"{self.url}/{self.page}"
        if button:
            state.widget_states.widgets.add(id=button, trigger_value=True)
        started = time.monotonic()
        self._socket.send(message.SerializeToString())
        elements: dict[tuple[int, ...], Element] = {}
        while True:
            raw = self._socket.recv(_PATIENCE)
            assert isinstance(raw, bytes)
            answer = ForwardMsg.FromString(raw)
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                elements = {}
            elif kind == "navigation":
                self._script = answer.navigation.page_script_hash
            elif kind == "delta":
                self._draw(elements, tuple(answer.metadata.delta_path), answer.delta)
            elif kind == "auto_rerun":
                self._poll_fragment = answer.auto_rerun.fragment_id
                self.interval = answer.auto_rerun.interval
            elif kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
            elif kind == "script_finished":
                match answer.script_finished:
                    case ForwardMsg.FINISHED_SUCCESSFULLY:
                        self._elements = elements
                        self.runs += 1
                        return time.monotonic() - started
                    case ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                        others = {p: e for p, e in self._elements.items() if e.fragment != fragment}
                        self._elements = others | elements
                        return time.monotonic() - started
                    case ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                        raise AssertionError("the page does not compile")

    def _draw(
        self, elements: dict[tuple[int, ...], Element], path: tuple[int, ...], delta: Delta
    ) -> None:
        if delta.WhichOneof("type") != "new_element":
            return
        kind = str(delta.new_element.WhichOneof("type"))
        element: Any = getattr(delta.new_element, kind)
        if kind == "button":
            self._buttons[element.id.split("-", 2)[-1]] = element.id
        message = chart_message(element) if kind == "bidi_component" else None
        if message is not None:
            kind = "chart"
            self._charts[path] = message["figure"]
        texts = [
            getattr(element, name, "") for name in ("title", "label", "body", "text", "message")
        ]
        text = _ESCAPED.sub(r"\1", " ".join(part for part in texts if part))
        markup = markup_of_table(element) if kind in ("html", "bidi_component") else None
        if markup is not None:
            kind, text = "table", read_table(markup).to_csv(index=False)
        elif kind == "html":
            text = " ".join(_MARKUP.sub(" ", text).split())
        if kind == "download_button":
            element.ClearField("deferred_file_id")
        sent = delta.new_element.SerializeToString(deterministic=True)
        elements[path] = Element(kind, text, delta.fragment_id, sent)
