"""Read the header's figures back out of its markup, as a reader does."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass
class HeaderFigure:
    """One figure: its label, its value and the text below it."""

    label: str = ""
    value: str = ""
    note: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.figures: list[HeaderFigure] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag == "dt":
            self.figures.append(HeaderFigure())

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "dt" in self._open:
            self.figures[-1].label += data
        elif "strong" in self._open:
            self.figures[-1].value += data
        elif "dd" in self._open:
            self.figures[-1].note += data


def header_figures(markup: str) -> list[HeaderFigure]:
    """Return the figures in a piece of HTML, in their order."""
    reader = _Reader()
    reader.feed(markup)
    return reader.figures
