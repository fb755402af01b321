"""The state of the data: every symbol's bars, what is wrong with them, a way to fetch again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import pandas as pd
import streamlit as st

from rut_dash.market.health import Health, probable_non_sessions
from rut_dash.market.notes import BlankedValues, ClosedDayRows
from rut_dash.market.problems import Problem
from rut_dash.market.sources.vendor_formats import format_name
from rut_dash.market_wording import (
    column_name,
    problem_text,
    raw_value,
    refresh_outcome,
    source_label,
)
from rut_dash.ui.cache import cached, market
from rut_dash.ui.live_prices import symbols_to_poll
from rut_dash.ui.text import hide_folders, plain
from rut_dash.ui.view import ViewState
from rut_dash.wording import MISSING


def stored_healths(view: ViewState) -> tuple[Health, ...]:
    """Return the state of every symbol that is stored or polled for, the view's own first."""
    symbols = dict.fromkeys((*symbols_to_poll(view.legs), *market().symbols()))
    return tuple(_health(symbol) for symbol in symbols)


def _health(symbol: str) -> Health:
    version = market().version(symbol)
    if not version:
        return market().health(symbol)
    return cached(_health_of_version, symbol, version, market().last_final_session.date())


def _health_of_version(symbol: str, version: str, last_final: date) -> Health:
    """Return the state of a symbol's bars, which follows from all arguments."""
    return market().health(symbol)


def health_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return one row a symbol: where its bars are from, how far they go, what went wrong."""
    return pd.DataFrame(
        {
            "symbol": [health.symbol for health in healths],
            "source": [h.provenance and source_label(h.provenance) for h in healths],
            "format": [h.provenance and format_name(h.provenance.file_format) for h in healths],
            "fetched_at": _times([health.fetched_at for health in healths], utc=True),
            "first": _times([health.first for health in healths]),
            "last": _times([health.last for health in healths]),
            "rows": [health.rows for health in healths],
            # Of what has no bars nothing is missing or behind: it is not there.
            "missing": _counts([len(h.missing) if h.rows else None for h in healths]),
            "behind": _counts([h.behind if h.rows else None for h in healths]),
            "problem": [h.problem and hide_folders(problem_text(h.problem)) for h in healths],
            "retry_at": _times([health.retry_at for health in healths], utc=True),
        }
    )


def _counts(values: list[int | None]) -> pd.Series:
    """Return whole numbers, None becoming NA."""
    return pd.Series(values, dtype="Int64")


def _times(values: list[Any], *, utc: bool = False) -> pd.Series:
    """Return dates or moments, None becoming NaT."""
    return pd.to_datetime(pd.Series(values, dtype="object"), utc=utc)


def missing_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return the NYSE sessions that have no bar, newest first."""
    none = probable_non_sessions(filter(None, (health.coverage for health in healths)))
    rows = [
        (health.symbol, session, _PROBABLY_NONE if session in none else "")
        for health in healths
        for session in health.missing
    ]
    frame = pd.DataFrame(rows, columns=["symbol", "session", "remark"])
    frame["session"] = pd.to_datetime(frame["session"])
    return frame.sort_values(["session", "symbol"], ascending=[False, True], ignore_index=True)


def left_out_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return the rows and the values of sources and files that are not used, newest first.

    Sessions in a row that have the same value in the same column are one row of the table.
    """
    rows = []
    for health in healths:
        for note in () if health.provenance is None else health.provenance.notes:
            if isinstance(note, ClosedDayRows):
                rows += [(health.symbol, "row", d, d, 1, MISSING, _CLOSED) for d in note.days]
            elif isinstance(note, BlankedValues):
                column = column_name(note.column)
                rows += [
                    (health.symbol, column, first, last, count, raw_value(value), _BLANKED)
                    for first, last, count, value in _value_runs(note)
                ]
    columns = ["symbol", "left_out", "first", "last", "sessions", "value", "reason"]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("first", "last"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.sort_values(["last", "symbol"], ascending=[False, True], ignore_index=True)


_PROBABLY_NONE: Final = "Probably no session: no symbol has it, and it was asked for twice"
_CLOSED: Final = "The NYSE was closed: the row is left out"
_BLANKED: Final = "No bar can have it: left blank, the rest of the bar is used"


def _value_runs(note: BlankedValues) -> Iterator[tuple[date, date, int, float | None]]:
    """Yield first and last session, number and value of sessions in a row that have one value."""
    pairs = zip(note.sessions, note.source_values, strict=True)
    for value, group in groupby(pairs, key=itemgetter(1)):
        days = [day for day, _ in group]
        yield days[0], days[-1], len(days), value


def unknown_actions_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return the dividends and splits that are not known, and what that does to figures."""
    rows = []
    for health in healths:
        for actions, unknown, effect in (
            ("Dividends", health.unknown_dividends, _dividends_effect(health)),
            (
                "Splits",
                health.unknown_splits,
                _SPLITS_EFFECT,
            ),
        ):
            if unknown is not None:
                sessions = (unknown.first, unknown.last, unknown.sessions)
                rows.append((health.symbol, actions, *sessions, effect))
    columns = ["symbol", "actions", "first", "last", "sessions", "effect"]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("first", "last"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


_SPLITS_EFFECT: Final = "No effect: closes are taken to be adjusted for splits"


def _dividends_effect(health: Health) -> str:
    """Return what unknown dividends of a symbol do to its total return."""
    unknown, start = health.unknown_dividends, health.total_from
    if unknown is None or start is None:
        return "There is no total return"
    effects = []
    if start != health.first:
        effects.append(f"The total return begins on {start}")
    if unknown.last > start:
        effects.append(
            f"From {max(start, unknown.first)} on they count as none in the total return"
        )
    return ". ".join(effects)


def differences_table(healths: Sequence[Health]) -> pd.DataFrame:
    """Return by symbol how often a vendor's adjusted daily return disagrees, and the worst."""
    rows = []
    for health in healths:
        if health.adjustment_differences:
            session, worst = max(health.adjustment_differences, key=lambda row: abs(row[1]))
            rows.append((health.symbol, len(health.adjustment_differences), worst, session))
    frame = pd.DataFrame(rows, columns=["symbol", "sessions", "largest", "session"])
    frame["session"] = pd.to_datetime(frame["session"])
    return frame


def health_header(name: str, healths: Sequence[Health]) -> list[tuple[str, str]]:
    """Return the head of a table's file: its name, and the symbols whose bars it is about."""
    return [("table", name), ("symbols", ", ".join(health.symbol for health in healths))]


def problem_lines(healths: Sequence[Health]) -> list[str]:
    """Return what went wrong last, one line for the symbols that share it."""
    alike: dict[Problem, list[str]] = {}
    for health in healths:
        if health.problem:
            alike.setdefault(health.problem, []).append(health.symbol)
    return [f"{', '.join(symbols)}: {problem_text(problem)}" for problem, symbols in alike.items()]


def refresh_controls(healths: Sequence[Health]) -> None:
    """Draw a button for each symbol that fetches it again, and the outcomes of the last ones."""
    source = market()
    if not source.can_fetch:
        st.caption(
            "Nothing is fetched: prices come from a folder of files, or the network is switched "
            "off."
        )
        return
    symbols = [health.symbol for health in healths]
    progress = source.progress()
    with st.container(horizontal=True, gap="small"):
        for label, group in (("All", symbols), *((symbol, [symbol]) for symbol in symbols)):
            st.button(
                plain(label),
                key=f"refresh_{label}",
                icon=":material/refresh:",
                on_click=source.refresh_in_background,
                args=(group,),
                kwargs={"force": True},
                disabled=all(symbol in progress.forced for symbol in group),
                help=f"Fetch {plain(' and '.join(group))} again",
            )
    if progress.forced:
        st.caption(plain(f"Fetching {', '.join(progress.forced)} behind this page."))
    for symbol, outcome in progress.outcomes.items():
        if symbol in symbols and symbol not in progress.forced:
            st.caption(plain(refresh_outcome(outcome)))
