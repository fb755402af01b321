"""A reader's session without a browser: the websocket, the messages, the widgets.

It does what Streamlit's own page does: sends all widgets with each rerun, says which large
messages it still has, and follows the address that the server sets.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

_KEPT_RUNS: Final = 2
_CHART: Final = "rut_dash_chart"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one rerun.

    Parameters
    ----------
    seconds
        From the request to the end of the script.
    size
        Bytes received.
    charts
        Sizes of the charts that were sent anew, in bytes, in their order on the page.
    errors
        Exceptions that the page shows.
    """

    seconds: float
    size: int
    charts: tuple[int, ...]
    errors: tuple[str, ...]


@dataclass
class Session:
    """One session on one page: `open`, any number of `rerun` and `pick`, then `close`."""

    port: int
    page: str = ""
    query: str = ""
    widgets: dict[str, Any] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _cached_messages: dict[str, int] = field(default_factory=dict)
    _runs: int = 0
    _socket: ClientConnection | None = None

    async def open(self) -> Reply:
        """Connect and draw the page for the first time."""
        self._socket = await connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=60,
            ping_interval=None,
        )
        return await self.rerun()

    async def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            await self._socket.close()

    async def pick(self, key: str, value: Any, *, fragment: bool = False) -> Reply:  # noqa: ANN401
        """Set a widget as a reader does.

        Parameters
        ----------
        key
            The widget's key in the app.
        value
            A text, a list of texts, or True and False.
        fragment
            True runs only the fragment that the widget is in.
        """
        self.widgets[key] = value
        return await self.rerun(fragment=self.fragments.get(key, "") if fragment else "")

    async def rerun(self, *, fragment: str = "") -> Reply:
        """Run the page again, or one of its fragments."""
        assert self._socket is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name, state.fragment_id = self.query, self.page, fragment
        state.context_info.timezone = "UTC"
        state.context_info.url = f"http://127.0.0.1:{self.port}/{self.page}"
        for key, value in self.widgets.items():
            if key in self._ids:
                state.widget_states.widgets.append(_state(self._ids[key], value))
        oldest = self._runs - _KEPT_RUNS
        self._cached_messages = {
            name: run for name, run in self._cached_messages.items() if run >= oldest
        }
        state.cached_message_hashes.extend(self._cached_messages)
        self._runs += 1
        size, charts, errors = 0, [], []
        start = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while True:
            raw = await self._socket.recv()
            assert isinstance(raw, bytes)
            size += len(raw)
            answer = ForwardMsg.FromString(raw)
            kind = answer.WhichOneof("type")
            if kind == "ref_hash":
                self._cached_messages[answer.ref_hash] = self._runs
            elif answer.metadata.cacheable:
                self._cached_messages[answer.hash] = self._runs
            if kind == "delta":
                self._record_element(answer, len(raw), charts, errors)
            elif kind == "page_info_changed":
                self.query = answer.page_info_changed.query_string
            elif kind == "script_finished":
                if answer.script_finished in (
                    ForwardMsg.FINISHED_SUCCESSFULLY,
                    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
                ):
                    break
                if answer.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise RuntimeError("the page does not compile")
        return Reply(time.perf_counter() - start, size, tuple(charts), tuple(errors))

    def _record_element(
        self, answer: ForwardMsg, size: int, charts: list[int], errors: list[str]
    ) -> None:
        """Record widgets with their values and fragments, sizes of charts, and errors."""
        delta = answer.delta
        if delta.WhichOneof("type") == "add_block":
            block = delta.add_block
            kind = block.WhichOneof("type")
            if kind in ("popover", "expandable") and getattr(block, kind).id:
                key = self._register_widget(getattr(block, kind).id, delta.fragment_id)
                self.widgets.setdefault(key, False)
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and element.bidi_component.component_name == _CHART:
            charts.append(size)
        elif kind == "exception":
            errors.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "button_group":
            group = element.button_group
            key = self._register_widget(group.id, delta.fragment_id)
            self.options[key] = [option.content for option in group.options]
            if group.set_value or key not in self.widgets:
                values = group.raw_values
                self.widgets[key] = (
                    list(values)
                    if group.set_value
                    else [self.options[key][at] for at in group.default]
                )
        elif kind == "selectbox":
            box = element.selectbox
            key = self._register_widget(box.id, delta.fragment_id)
            self.options[key] = list(box.options)
            if box.set_value:
                self.widgets[key] = box.raw_value
            elif key not in self.widgets and box.options:
                self.widgets[key] = box.options[box.default]

    def _register_widget(self, widget: str, fragment: str) -> str:
        """Record a widget's id and fragment; return its key in the app, which its id ends with."""
        key = widget.split("-", 2)[-1]
        self._ids[key] = widget
        self.fragments[key] = fragment
        return key


def _state(widget: str, value: Any) -> WidgetState:  # noqa: ANN401
    state = WidgetState(id=widget)
    if isinstance(value, bool):
        state.bool_value = value
    elif isinstance(value, list):
        state.string_array_value.data.extend(value)
    else:
        state.string_value = value
    return state
