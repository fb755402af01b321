"""Read the header's figures back out of its markup, as a reader does."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass
class HeaderFigure:
    """One figure: the symbol it is of, the heading of its column, its value and what follows."""

    symbol: str = ""
    heading: str = ""
    value: str = ""
    note: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.figures: list[HeaderFigure] = []
        self.caption = ""
        self._symbol = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            return
        self._open.append(tag)
        if tag == "th" and ("scope", "col") in attrs:
            self.headings.append("")
        elif tag == "th":
            self._symbol = ""
        elif tag == "td":
            at = len(self.figures) % (len(self.headings) - 1)
            self.figures.append(HeaderFigure(self._symbol, self.headings[at + 1]))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "caption" in self._open:
            self.caption += data
        elif "thead" in self._open:
            self.headings[-1] += data
        elif "b" in self._open:
            self._symbol += data
        elif "strong" in self._open:
            self.figures[-1].value += data
        elif "small" in self._open and "td" in self._open:
            self.figures[-1].note += data


def header_figures(markup: str) -> list[HeaderFigure]:
    """Return the figures in the table of a header, row by row."""
    return _read(markup).figures


def header_caption(markup: str) -> str:
    """Return what the table of a header says of all its figures."""
    return _read(markup).caption


def _read(markup: str) -> _Reader:
    reader = _Reader()
    reader.feed(markup)
    return reader
