"""What the server does beyond Streamlit's own: for whoever opens a page by its address.

Streamlit's page asks the server under the address it was opened by, is told that there is none,
waits a tenth of a second and asks again without the page's name; at six of seven pages that is a
quarter of the time until they stand. The document that is served here says where the server is.
"""

from __future__ import annotations

import asyncio
import gzip
import html
import logging
import re
import threading
import webbrowser
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rut_dash.errors import RutDashError

__all__ = ["compression", "document", "documents", "started"]

_LOG: Final = logging.getLogger(__name__)

_NAME: Final = "rut_dash"
_ABOUT: Final = "How the Russell 2000 stands against the S&P 500, since when, and why that date."
_OPENED_AFTER: Final = 0.5


def document(index: str, pages: Iterable[str]) -> str:
    """Return Streamlit's document with where its server is, and what a link to it is about.

    Parameters
    ----------
    index
        Streamlit's own; what is not found in it is left as it is.
    pages
        Their names in addresses. The server is one step above them, also behind a proxy that
        serves the app under a folder of its own.
    """
    names = "|".join(sorted(map(re.escape, pages)))
    folder = f'location.origin+location.pathname.replace(/\\/(?:{names})?$/,"/")'
    script = (
        "<script>window.__streamlit="
        f"Object.assign({{BACKEND_BASE_URL:{folder}}},window.__streamlit)</script>"
    )
    about = "".join(
        f'<meta {kind}="{key}" content="{html.escape(text)}">'
        for kind, key, text in (
            ("property", "og:title", _NAME),
            ("property", "og:description", _ABOUT),
            ("name", "description", _ABOUT),
        )
    )
    titled = re.sub(r"<title>.*?</title>", f"<title>{_NAME}</title>", index, count=1)
    return titled.replace("</head>", f"{about}{script}</head>", 1)


def documents(script: str) -> list[Route]:
    """Return the routes of all pages of an app.

    Parameters
    ----------
    script
        The app's main file; its pages lie beside it in ``pages/``.
    """
    pages = sorted(path.stem for path in Path(script).with_name("pages").glob("*.py"))
    index = Path(st.__file__).with_name("static") / "index.html"
    text = document(index.read_text(encoding="utf-8"), pages)
    base = st.get_option("server.baseUrlPath").strip("/")
    folder = f"/{base}" if base else ""

    async def serve(_request: Request) -> HTMLResponse:
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})

    return [Route(f"{folder}/{page}", serve) for page in ("", *pages)]


class _Compressed:
    """Sends scripts and styles compressed; each is compressed once in the server's life."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[tuple[str, str], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _takes_gzip(scope):
            await self._app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def pack(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
            elif not start:
                await send(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._send(scope["path"], start, b"".join(parts), send)

        await self._app(scope, receive, pack)

    async def _send(self, path: str, start: Message, body: bytes, send: Send) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        key = (path, headers.get("etag", f"{len(body)}"))
        packed = self._kept.get(key)
        if packed is None:
            packed = await asyncio.to_thread(gzip.compress, body, 6)
            self._kept[key] = packed
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(packed))
        headers.add_vary_header("Accept-Encoding")
        if "etag" in headers:
            headers["ETag"] = f"W/{headers['etag']}"  # of what it holds, not of its bytes
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": packed})


def _takes_gzip(scope: Scope) -> bool:
    """Say whether a request is for a script or a style, whole, by who can unpack it."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    if not scope["path"].endswith((".js", ".css")):
        return False
    headers = Headers(scope=scope)
    return "gzip" in headers.get("accept-encoding", "") and "range" not in headers


def compression() -> list[Middleware]:
    """Return what has scripts compressed, which Streamlit leaves as they are.

    A first visit fetches seven megabytes of them; a browser keeps them for a year.
    """
    return [Middleware(_Compressed)]


@asynccontextmanager
async def started(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """Have the first reader's page prepared before that reader comes; in the server's life."""
    # A line for every socket would drown the one for every fetch.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    threading.Thread(target=_prepare, name="prepare", daemon=True).start()
    if not st.get_option("server.headless"):
        opening = threading.Timer(_OPENED_AFTER, webbrowser.open, [_address()])
        opening.daemon = True
        opening.start()
    yield {}


def _prepare() -> None:
    from rut_dash.ui.prefetch import prefetch_default_view

    try:
        prefetch_default_view()
    except RutDashError as error:
        _LOG.info("not prepared: %s", error)


def _address() -> str:
    """Return where a reader on this machine finds the app."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("server.address") or "localhost"
    if host in ("0.0.0.0", "::"):  # every address of this machine: that is none to open
        host = "localhost"
    if st.config.is_manually_set("browser.serverAddress"):
        host = st.get_option("browser.serverAddress")
    if ":" in host:
        host = f"[{host}]"
    folder = st.get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{host}:{st.get_option('server.port')}/{folder}"
