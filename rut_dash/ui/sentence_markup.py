"""Sentences as HTML: the number of each first, and a link to the page that shows it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from rut_dash.ui.narrative import Sentence
from rut_dash.ui.pages import PAGES


def sentence_markup(sentences: Iterable[Sentence], query: Mapping[str, str]) -> str:
    """Return sentences as a list.

    Parameters
    ----------
    query
        The parameters of the address of the view: links carry it.
    """
    items = "".join(
        f"<li><strong>{html.escape(each.lead)}</strong> {html.escape(each.text)}"
        f"{_page_link(each.page, query)}</li>"
        for each in sentences
    )
    return f'<ul class="rut-part rut-sentences">{items}</ul>'


def _page_link(key: str, query: Mapping[str, str]) -> str:
    if not key:
        return ""
    page = PAGES[key]
    address = f"{page.address}?{urlencode(query, safe=',:^')}" if query else page.address
    return f' <a href="./{html.escape(address)}" target="_self">{html.escape(page.label)}</a>'
