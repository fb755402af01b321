"""What the server does beyond Streamlit's own: documents of the pages, and work at its start.

Streamlit's page looks for its server under the address it was opened by, fails, waits a tenth of
a second and tries again without the page's name; at six of seven pages that is a quarter of the
time until they are drawn. The document that is served here names the server's address.
"""

from __future__ import annotations

import gc
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
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from rut_dash.charts.browser_assets import CHART_SCRIPT, PLOTLY_SCRIPT
from rut_dash.errors import RutDashError
from rut_dash.ui.browser_files import browser_file, browser_files, browser_path

_LOG: Final = logging.getLogger(__name__)

_NAME: Final = "rut_dash"
_ABOUT: Final = "How the Russell 2000 stands against the S&P 500, since when, and why that date."
# The first part of the addresses that Streamlit answers.
_STREAMLIT_FOLDERS: Final = frozenset(
    {"_stcore", "app", "auth", "component", "media", "oauth2callback", "static"}
)
_UNKNOWN: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>No such page · rut_dash</title><link rel="icon" href="data:,">
<style>:root {{ color-scheme: light dark; }}
body {{ max-width: 34rem; margin: 15vh auto; padding: 0 1rem;
  font: 1rem/1.5 system-ui, sans-serif; }}
</style></head>
<body><h1>No such page</h1>
<p>rut_dash has no page at this address. <a href="{home}">Open the overview</a>, which links to all
pages.</p></body>
</html>
"""
# Seconds until the server listens and a browser can be opened on it.
_BROWSER_DELAY: Final = 0.5


def page_document(index: str, pages: Iterable[str]) -> str:
    """Return Streamlit's document with the address of its server, our script, and its subject.

    Parameters
    ----------
    index
        Streamlit's own document. A place that is not found in it is not filled.
    pages
        The names of pages in addresses. The server is one step above them, also behind a proxy
        that serves the app under a folder of its own.
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
    own = (
        f'<script type="module" src="./{browser_path("page.js")}"></script>'
        f'<script async id="rut-plotly" src="./{browser_path(PLOTLY_SCRIPT)}"></script>'
        f'<link rel="modulepreload" href="./{browser_path(CHART_SCRIPT)}">'
        f'<link rel="modulepreload" href="./{browser_path("table.js")}">'
    )
    return titled.replace("</head>", f"{about}{script}{own}</head>", 1)


def page_routes(script: str) -> list[Route]:
    """Return the routes of all pages of an app.

    Parameters
    ----------
    script
        The app's main file; its pages are in the folder ``pages`` beside it.
    """
    pages = sorted(path.stem for path in Path(script).with_name("pages").glob("*.py"))
    index = Path(st.__file__).with_name("static") / "index.html"
    text = page_document(index.read_text(encoding="utf-8"), pages)
    base = st.get_option("server.baseUrlPath").strip("/")
    folder = f"/{base}" if base else ""

    async def serve(_request: Request) -> HTMLResponse:
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})

    return [
        *(Route(f"{folder}/{page}", serve) for page in ("", *pages)),
        *(_file_route(folder, name, media) for name, media in browser_files().items()),
        UnknownAddress(folder),
    ]


class UnknownAddress(Route):
    """Answers an address that is none of the app's with a page that says so.

    Streamlit itself serves its document at every address, to be kept for ever: at one below a page
    none of its scripts is found, and a reader sees nothing.

    Parameters
    ----------
    folder
        The address of the app; empty for the root.
    """

    def __init__(self, folder: str) -> None:
        super().__init__(f"{folder}/{{path:path}}", self._answer)
        self._folder = folder
        static = Path(st.__file__).with_name("static")
        self._files = {path.name for path in static.iterdir() if path.is_file()}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return no match for what Streamlit serves itself."""
        match, child = super().matches(scope)
        if match is not Match.FULL:
            return Match.NONE, {}
        path = child["path_params"]["path"]
        first, _, rest = path.partition("/")
        is_file = not rest and path in self._files
        if is_file or first in _STREAMLIT_FOLDERS:
            return Match.NONE, {}
        return match, child

    async def _answer(self, _request: Request) -> HTMLResponse:
        page = _UNKNOWN.format(home=html.escape(f"{self._folder}/"))
        return HTMLResponse(page, 404, headers={"Cache-Control": "no-store"})


def _file_route(folder: str, name: str, media: str) -> Route:
    """Return the route of a file of ours: its address has a digest, so that it never changes."""
    content = browser_file(name)

    async def serve(_request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, media_type=media, headers=headers)

    return Route(f"{folder}/{browser_path(name)}", serve)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """Load the first page and open a browser when the server starts."""
    # A line for every socket would drown the one for every fetch.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    threading.Thread(target=_load_first_page, name="load", daemon=True).start()
    if not st.get_option("server.headless"):
        opening = threading.Timer(_BROWSER_DELAY, webbrowser.open, [_address()])
        opening.daemon = True
        opening.start()
    yield {}


def _load_first_page() -> None:
    """Load code and prices of the first page, and take them out of garbage collection."""
    from rut_dash.ui.prefetch import prefetch_default_view

    try:
        prefetch_default_view()
    except RutDashError as error:
        _LOG.info("not computed in advance: %s", error)
    # 120,000 objects of modules that stay: a full collection of them stops all sessions for 55 ms
    # (3 microseconds without them) and finds nothing.
    gc.freeze()


def _address() -> str:
    """Return the address at which a reader on this machine finds the app."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("server.address") or "localhost"
    if host in ("0.0.0.0", "::"):  # every address of this machine: no browser can open that
        host = "localhost"
    if st.config.is_manually_set("browser.serverAddress"):
        host = st.get_option("browser.serverAddress")
    if ":" in host:
        host = f"[{host}]"
    folder = st.get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{host}:{st.get_option('server.port')}/{folder}"
