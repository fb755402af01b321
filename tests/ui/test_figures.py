"""What the panels show is cut from the whole history, and says what it lacks."""

from __future__ import annotations

import html
from datetime import date

import numpy as np
import pandas as pd
import pytest

from rut_dash import wording
from rut_dash.analysis.resampling import weekly_bars
from rut_dash.charts.export_page import standalone_html
from rut_dash.errors import InsufficientHistory
from rut_dash.events.catalogue import load_catalogue
from rut_dash.events.event import Direction
from rut_dash.market.history import Basis, PriceHistory, PricePair
from rut_dash.ui import figures
from rut_dash.ui.narrative import overview_sentences
from rut_dash.ui.pages import PAGES
from rut_dash.ui.scope import Scope, resolve_scope
from rut_dash.ui.scope_text import anchor_text, range_text
from rut_dash.ui.view import DEFAULT_VIEW, ViewState
from rut_dash.wording import level_name
from tests import wire
from tests.oracles import as_history, candles, walk


def bars(symbol: str, sessions: int = 2000, seed: int = 1) -> PriceHistory:
    return as_history(candles(walk(sessions, seed)), symbol)


PAIR = PricePair.align(bars("IWM"), bars("SPY", seed=2))


def scope(pair: PricePair = PAIR, **fields: object) -> Scope:
    return resolve_scope(
        DEFAULT_VIEW.with_(**fields), pair, lambda through: load_catalogue(through=through)
    )


def study(page_scope: Scope) -> pd.DataFrame:
    return figures.study_table(
        page_scope.pair, Basis.PRICE, page_scope.catalogue, page_scope.view.kinds
    )


def values(trace: dict[str, object]) -> np.ndarray:
    return np.asarray(trace["y"], dtype=float)


def test_the_average_of_a_short_window_is_that_of_the_whole_history() -> None:
    page_scope = scope(window="1M")
    chart = figures.price_figure(page_scope)
    lines = {trace.name: trace for trace in chart.figure.data if trace.mode == "lines"}
    close = PAIR.fund.close(Basis.PRICE)
    expected = close.rolling(200).mean().loc[page_scope.start : page_scope.end]
    assert np.allclose(values(lines["200-day average"]), expected, rtol=1e-6)


EARLIER: dict[str, object] = {"window": "2024-01-02..2025-04-30", "anchor": "2025-02-03"}


@pytest.mark.parametrize("basis", list(Basis))
def test_a_chart_of_a_range_is_as_of_its_end(basis: Basis) -> None:
    """A dividend of 5 after the range is not known at its end: levels there are raw closes."""
    paid = candles(walk(2000, 1)).assign(dividend=0.0)
    paid.loc["2025-06-02", "dividend"] = 5.0
    pair = PricePair.align(as_history(paid, "IWM"), PAIR.benchmark)
    page_scope = scope(pair, basis=basis, **EARLIER)
    end = pd.Timestamp("2025-04-30")
    fund, benchmark = (leg.close(Basis.PRICE).loc[:end] for leg in pair.legs)
    quotient = (fund / benchmark).tolist()
    builds = (
        figures.price_figure, figures.ratio_figure, figures.rebased_figure,
        figures.rolling_figure, figures.underwater_figure, figures.technicals_figure,
    )  # fmt: skip
    built = {build.__name__: build(page_scope) for build in builds}
    for chart in built.values():
        assert chart.caption.startswith("As of Wed 2025-04-30"), chart.caption
        assert "2025-04-30" in chart.name
    line = {trace.name: trace for trace in built["price_figure"].figure.data}
    own = line[level_name("IWM", basis)]
    assert values(own)[-1] == pytest.approx(fund.iloc[-1], rel=1e-6)
    candle = next(t for t in built["technicals_figure"].figure.data if t.type == "candlestick")
    assert float(np.asarray(candle.close)[-1]) == pytest.approx(fund.iloc[-1], rel=1e-6)
    rank = sum(value <= quotient[-1] for value in quotient) / len(quotient)
    place = wording.rank_text(rank, len(quotient), f"the {len(quotient):,} sessions to date")
    assert f"The last value is {place}." in built["ratio_figure"].alt
    end_text, last_text = "as of the end of the range, 2025-04-30;", "as of 2026-09-01."
    row = "the row “Window shown” of the table"
    assert {
        key: range_text(page_scope, page) for key, page in PAGES.items() if page.has_window
    } == {
        "overview": f"Charts, and {row}, are {end_text} header, sentences and the other rows are "
        f"{last_text}",
        "relative": f"Charts are {end_text} header and tables are {last_text}",
        "drawdowns": f"The chart is {end_text} header, sentences and tables are {last_text}",
        "technicals": f"Chart and crosses are {end_text} the header is {last_text}",
    }
    shown = figures.crosses_in_window(page_scope)
    assert shown["session"].between(page_scope.start, end).all()


def test_a_range_before_the_anchor_says_so_of_the_rebased_chart_where_there_is_one() -> None:
    early = scope(window="2024-01-02..2024-12-31", anchor="2025-03-03")
    later_anchor = "(the rebased chart counts from the later close of the anchor)"
    named = {key for key, page in PAGES.items() if later_anchor in str(range_text(early, page))}
    drawing = {
        key
        for key, page in PAGES.items()
        if any(chart.build is figures.rebased_figure for chart in page.charts)
    }
    assert named == drawing == {"relative"}
    inside = scope(window="2024-01-02..2024-12-31", anchor="2024-03-01")
    assert "rebased" not in str(range_text(inside, PAGES["relative"]))


@pytest.mark.parametrize(("behind", "text"), [(1, "1 session behind"), (38, "38 sessions behind")])
def test_a_chart_and_its_file_say_how_far_the_prices_are_behind(behind: int, text: str) -> None:
    """A range that ends earlier is of the past: nothing newer belongs to it."""
    sentence = f"{text} the NYSE's last close"

    def captions(view: ViewState) -> list[str]:
        old = resolve_scope(view, PAIR, lambda day: load_catalogue(through=day), behind)
        return [
            build(old).caption
            for build in (
                figures.price_figure, figures.ratio_figure, figures.rebased_figure,
                figures.rolling_figure, figures.underwater_figure, figures.technicals_figure,
                figures.paths_figure,
            )
        ]  # fmt: skip

    to_the_end = captions(DEFAULT_VIEW)
    assert all(caption.endswith(f" · {sentence}") for caption in to_the_end), to_the_end
    earlier = captions(DEFAULT_VIEW.with_(**EARLIER))[:-1]  # the paths are of no window
    assert not any("behind" in caption for caption in earlier), earlier
    old = resolve_scope(DEFAULT_VIEW, PAIR, lambda day: load_catalogue(through=day), behind)
    assert html.escape(sentence) in standalone_html(figures.price_figure(old))
    assert "behind" not in figures.price_figure(scope()).caption


def test_a_range_up_to_the_last_session_is_of_the_prices_of_the_page() -> None:
    page_scope = scope(window="2026-01-02..2026-12-31")
    assert page_scope.end == PAIR.as_of
    assert page_scope.window_pair is PAIR
    assert range_text(page_scope, PAGES["overview"]) is None
    assert page_scope.window_context == page_scope.context


def test_a_low_that_was_known_after_the_range_is_no_mark_in_it() -> None:
    window = "2025-03-03..2025-04-30"
    labels = [mark.label for mark in scope(window=window, anchor="2025-03-10").marks]
    assert "Liberation Day" in "".join(labels)
    assert "April 2025 low" not in labels
    later = scope(window="2025-03-03..2025-05-16", anchor="2025-03-10")
    assert "April 2025 low" in [mark.label for mark in later.marks]


@pytest.mark.parametrize("end", ["2025-03-31", "2025-04-08", "2025-05-15", "2025-05-16"])
def test_the_default_anchor_goes_by_its_date_until_the_low_was_known(end: str) -> None:
    """Counting from that close needs no hindsight; calling it a low did until 2025-05-16."""
    page_scope = scope(window=f"2025-03-03..{end}")
    is_known = end == "2025-05-16"
    assert page_scope.anchor.session == pd.Timestamp("2025-04-08")
    assert page_scope.anchor.short == ("April 2025 low" if is_known else "2025-04-08")
    periods = figures.period_returns(page_scope, ())["period"].tolist()
    sentences = overview_sentences(
        PAIR, Basis.PRICE, page_scope.anchor.session, page_scope.anchor.label
    )
    texts = [
        anchor_text(page_scope.anchor),
        *periods,
        *(sentence.text for sentence in sentences),
        *(mark.hover_text for mark in page_scope.marks),
        figures.paths_figure(page_scope).title,
        figures.price_figure(page_scope).alt,
    ]
    assert any("low of April" in text or "April 2025" in text for text in texts) is is_known
    assert page_scope.hides_anchor_event is not is_known
    if not is_known:
        assert "Since 2025-04-08" in periods
        (since,) = [s.text for s in sentences if "since the close of 2025-04-08" in s.text]
        assert "“" not in since


def test_a_low_that_a_reader_chose_is_named_in_a_range_that_ends_before_it_was_known() -> None:
    page_scope = scope(window="2022-05-02..2022-07-01", anchor="low-2022-06-16")
    assert page_scope.anchor.short == "June 2022 low"
    assert "June 2022 low" in [mark.label for mark in page_scope.marks]
    assert not page_scope.hides_anchor_event


def test_rebased_lines_are_as_of_an_anchor_after_the_range() -> None:
    page_scope = scope(window="2024-01-02..2025-03-31", anchor="2025-06-03")
    chart = figures.rebased_figure(page_scope)
    assert chart.caption.startswith("As of Tue 2025-06-03")
    # The high of November 2024 was known only after the range: it is not drawn, nor listed.
    assert "Market\xa0to\xa02022-06-16" in figures.ratio_figure(page_scope).alt
    assert "Market\xa0to\xa02022-06-16" in chart.alt
    close = PAIR.fund.close(Basis.PRICE)
    level = close["2025-03-31"] / close["2025-06-03"] * 100
    assert values(chart.figure.data[0])[-1] == pytest.approx(level, rel=1e-6)


def test_rebasing_follows_the_anchor() -> None:
    for anchor in ("low-2025-04-08", "tariff-truce"):
        page_scope = scope(anchor=anchor, window="3Y")
        chart = figures.rebased_figure(page_scope)
        at = list(page_scope.cut(PAIR.fund.bars).index).index(page_scope.anchor.session)
        assert values(chart.figure.data[0])[at] == pytest.approx(100.0)
        assert values(chart.figure.data[1])[at] == pytest.approx(100.0)


def test_a_study_has_a_row_for_each_event_shown_newest_first() -> None:
    page_scope = scope(kinds=("tariff",))
    table = study(page_scope)
    assert list(table["kind"].unique()) == ["Tariffs"]
    assert table["date"].is_monotonic_decreasing
    truce = table.loc["tariff-truce"]
    close = PAIR.fund.close(Basis.PRICE)
    start = close.loc["2025-05-09"]
    assert truce["fund_after_1"] == pytest.approx(close.loc["2025-05-12"] / start - 1)
    assert truce["fund_since"] == pytest.approx(close.iloc[-1] / start - 1)


def test_a_study_is_narrowed_by_direction_and_says_what_is_not_over_yet() -> None:
    page_scope = scope()

    def narrowed(*directions: Direction) -> pd.DataFrame:
        kinds = page_scope.view.kinds
        return figures.study_table(
            page_scope.pair, Basis.PRICE, page_scope.catalogue, kinds, directions
        )

    assert set(narrowed(Direction.CUT)["kind"]) == {"Fed funds target"}
    assert set(narrowed(Direction.HIGH, Direction.LOW)["direction"]) == {"high", "low"}
    assert len(narrowed()) == len(page_scope.catalogue)
    for _, row in narrowed().iterrows():
        count = row["sessions_after"]
        assert row["window"] == ("all" if count == 60 else f"only {count}")
    assert "all" in set(narrowed()["window"])


def test_without_events_of_a_kind_the_table_is_empty() -> None:
    assert study(scope(kinds=())).empty


@pytest.mark.parametrize(
    ("indicators", "kinds"),
    [
        ((), set()),
        (("sma",), set()),  # the golden cross is one of two averages
        (("sma_long",), {"price_200"}),
        (("sma", "sma_long"), {"price_200", "average_50_200"}),
        (("macd", "bollinger"), {"macd_signal"}),
        (("rsi",), {"rsi_30", "rsi_70"}),
    ],
)
def test_crosses_of_an_indicator_that_is_off_are_neither_drawn_nor_listed(
    indicators: tuple[str, ...], kinds: set[str]
) -> None:
    page_scope = scope(indicators=indicators, window="5Y")
    table = figures.crosses_in_window(page_scope)
    assert set(table["kind"]) == kinds
    chart = figures.technicals_figure(page_scope)
    traces = [t for t in chart.spec["data"] if t["name"].startswith("Crosses")]
    assert sum(len(trace["x"]) for trace in traces) == len(table)
    labels = {text.rpartition(" · ")[0] for _, text in wire.day_lines(chart.spec["data"])}
    assert set(table["label"]) <= labels
    assert set(table["unit"]) <= {"US dollars", "Points"}
    lowest = page_scope.cut(PAIR.fund.bars["low"]).min()
    assert chart.figure.layout.yaxis.range[0] > lowest * 0.5


@pytest.mark.parametrize("basis", list(Basis))
def test_every_cross_has_the_unit_of_its_line(basis: Basis) -> None:
    """An RSI is in points on either basis; averages, MACD and prices are in adjusted dollars."""
    table = figures.crosses_in_window(scope(window="5Y", basis=basis))
    units = {kind: set(rows["unit"]) for kind, rows in table.groupby("kind")}
    dollars = {Basis.PRICE: "US dollars", Basis.TOTAL: "US dollars, adjusted"}[basis]
    points = {kind for kind in units if kind.startswith("rsi")}
    assert points
    assert all(units[kind] == {"Points"} for kind in points)
    assert all(units[kind] == {dollars} for kind in units.keys() - points)
    assert units.keys() - points >= {"macd_signal"}
    rsi = table[table["kind"].isin(points)]["value"]
    assert rsi.between(0, 100).all()


def test_crosses_outside_the_window_are_left_out() -> None:
    page_scope = scope(window="1Y", frequency="W")
    listed = figures.crosses_in_window(page_scope)
    assert listed["session"].between(page_scope.start, page_scope.end).all()
    assert listed["session"].is_monotonic_decreasing


def test_decades_are_sent_in_weekly_bars_and_no_figure_is_larger_than_promised() -> None:
    long = PricePair.align(bars("IWM", 6600), bars("SPY", 6600, seed=2))
    page_scope = scope(long, window="MAX")
    assert figures.bar_frequency(page_scope) == "W"
    assert figures.bar_frequency(scope(long, window="5Y")) == "D"
    assert "weekly" in figures.technicals_figure(page_scope).alt
    ends = figures.crosses_in_window(page_scope)["session"]
    weeks = weekly_bars(long.fund.ohlcv(Basis.PRICE)).index
    assert len(ends) > 0
    assert ends.isin(weeks).all()
    for window in ("MAX", "10Y", "5Y"):
        wide = scope(long, window=window)
        for build in (figures.price_figure, figures.ratio_figure, figures.technicals_figure):
            assert len(build(wide).encoded) <= 600_000


def test_an_indicator_whose_columns_the_bars_lack_is_left_out_and_named() -> None:
    closes = as_history(walk(2000).to_frame("adj_close"), "IWO")
    page_scope = scope(PricePair.align(closes, PAIR.benchmark), indicators=("atr", "rsi"))
    missing = {row.key: columns for row, columns in figures.selected_indicators(page_scope)}
    assert missing == {"rsi": (), "atr": ("high", "low")}
    (atr,) = (row for row, columns in figures.selected_indicators(page_scope) if columns)
    assert figures.missing_inputs_sentence(atr, missing["atr"], "IWO") == (
        "ATR 14 needs highs and lows, which the bars of IWO lack."
    )
    assert "RSI 14" in figures.technicals_figure(page_scope).alt


def test_a_rolling_figure_with_less_than_a_quarter_is_refused() -> None:
    short = PricePair.align(bars("IWM", 50), bars("SPY", 50, seed=2))
    with pytest.raises(InsufficientHistory, match="64 sessions; there are 50"):
        figures.rolling_figure(scope(short))


def test_capture_leaves_out_numbers_of_months_that_the_history_does_not_have() -> None:
    table = figures.capture_table(scope().pair, Basis.PRICE)
    assert list(table["period"]) == ["Last 36 months", "Last 60 months", "All whole months"]
    months = (table["end"].dt.year - table["start"].dt.year) * 12
    months += table["end"].dt.month - table["start"].dt.month
    assert months.tolist()[:2] == [36, 60]
    assert (table["up_months"] + table["down_months"]).tolist() == months.tolist()
    assert figures.capture_table(
        PricePair.align(bars("IWM", 15), bars("SPY", 15)), Basis.PRICE
    ).empty


def test_paths_are_zero_at_the_anchor() -> None:
    chart = figures.paths_figure(scope())
    trace = chart.figure.data[0]
    at = list(np.asarray(trace.x)).index(0)
    assert values(trace)[at] == 0.0
    assert at == 60


@pytest.mark.parametrize(
    ("closes", "beginning"),
    [
        ([100.0, 110.0, 99.0], "IWM is 10.0% below its highest close, 110.00 on 2025-01-03, 1"),
        ([100.0, 99.0, 110.0], "IWM is at its highest close, 110.00 on 2025-01-06"),
    ],
)
def test_the_distance_to_the_high(closes: list[float], beginning: str) -> None:
    days = pd.DatetimeIndex(["2025-01-02", "2025-01-03", "2025-01-06"])
    frame = pd.DataFrame({"close": closes}, days)
    frame["open"] = frame["low"] = frame["close"]
    frame["high"] = frame["close"] * 1.1
    leg = as_history(frame, "IWM")
    sentence = figures.distance_sentence(leg, Basis.PRICE)
    assert sentence.startswith(beginning)
    assert "below its intraday high, 121.00" in sentence
    assert "intraday" not in figures.distance_sentence(leg, Basis.TOTAL)


def test_the_catalogue_ends_with_the_prices() -> None:
    assert all(event.date <= date(2026, 9, 1) for event in scope().catalogue)


@pytest.mark.parametrize("basis", list(Basis))
def test_an_index_beside_the_funds_is_named_with_its_basis_and_its_end(basis: Basis) -> None:
    """One that ends two sessions earlier has its own periods, not blanks."""
    whole = bars("^RUT", seed=5)
    short = PriceHistory("^GSPC", whole.bars.iloc[:-2], whole.provenance)
    page_scope = scope(basis=basis, anchor="tariff-truce", window="2025-06-02..2025-06-30")
    table = figures.period_returns(page_scope, (whole, short)).set_index("period")
    last = short.last_session
    assert list(table)[-2:] == ["^RUT price", f"^GSPC price to {last:%Y-%m-%d}"]
    own = table.iloc[:, -1]
    close = short.close(Basis.PRICE)
    assert own["1D"] == pytest.approx(close.iloc[-1] / close.iloc[-2] - 1)
    assert own["Since US-China truce"] == pytest.approx(close.iloc[-1] / close["2025-05-09"] - 1)
    assert own["Window shown"] == table.loc["Window shown", "^RUT price"]
    assert own.isna().equals(table["fund"].isna())


def test_the_period_table_holds_the_time_since_the_anchor_and_the_window() -> None:
    page_scope = scope(anchor="tariff-truce", window="2025-06-02..2025-06-30")
    table = figures.period_returns(page_scope, ()).set_index("period")
    fund, benchmark = (leg.close(Basis.PRICE) for leg in PAIR.legs)
    since = table.loc["Since US-China truce"]
    assert since["fund"] == pytest.approx(fund.iloc[-1] / fund.loc["2025-05-09"] - 1)
    assert since["benchmark"] == pytest.approx(benchmark.iloc[-1] / benchmark.loc["2025-05-09"] - 1)
    window = table.loc["Window shown"]
    assert window["end"] == pd.Timestamp("2025-06-30")
    assert window["fund"] == pytest.approx(fund.loc["2025-06-30"] / fund.loc["2025-06-02"] - 1)


def test_risk_is_that_of_the_last_sessions() -> None:
    table = figures.risk_table(scope(window="1M").pair, Basis.PRICE).set_index("window")
    daily = PAIR.closes(Basis.PRICE).pct_change()
    year, quarter = daily.iloc[-252:], daily.iloc[-63:]
    assert table.loc["Last 252 sessions", "fund"] == pytest.approx(
        np.std(year["fund"], ddof=1) * np.sqrt(252)
    )
    assert table.loc["Last 63 sessions", "correlation"] == pytest.approx(
        np.corrcoef(quarter["fund"], quarter["benchmark"])[0, 1]
    )
    assert table.loc["Last 63 sessions", "beta"] == pytest.approx(
        np.polyfit(quarter["benchmark"], quarter["fund"], 1)[0]
    )


def test_decades_of_rolling_figures_are_drawn_by_the_week() -> None:
    long = PricePair.align(bars("IWM", 2400), bars("SPY", 2400, seed=2))
    daily = figures.rolling_figure(scope(long, window="5Y")).figure.data[0]
    weekly = figures.rolling_figure(scope(long, window="MAX")).figure.data[0]
    by_session = dict(zip(daily.x, daily.y, strict=True))
    by_week = dict(zip(weekly.x, weekly.y, strict=True))
    assert len(by_week) == pytest.approx(2400 / 5, rel=0.1)
    assert max(by_week) == max(by_session)  # the last session, in a week that is not over
    both = [at for at in by_week if at in by_session]
    assert len(both) > 200
    assert [by_week[at] for at in both] == [by_session[at] for at in both]
    assert {pd.Timestamp(at, unit="ms").dayofweek for at in sorted(by_week)[:-1]} <= {3, 4}


def test_beta_and_correlation_are_two_panels_with_one_legend() -> None:
    chart = figures.rolling_figure(scope(window="1Y"))
    page_scope = [(t.name, t.yaxis, t.showlegend, t.meta) for t in chart.figure.data]
    assert page_scope == [
        ("252 sessions", "y", True, {"label": "Beta, 252 sessions"}),
        ("63 sessions", "y", True, {"label": "Beta, 63 sessions"}),
        ("252 sessions", "y2", False, {"label": "Correlation, 252 sessions"}),
        ("63 sessions", "y2", False, {"label": "Correlation, 63 sessions"}),
    ]
    daily = PAIR.closes(Basis.PRICE).pct_change().iloc[-63:]
    assert values(chart.figure.data[3])[-1] == pytest.approx(
        np.corrcoef(daily["fund"], daily["benchmark"])[0, 1], rel=1e-6
    )


def test_a_return_since_an_event_is_annualised_where_it_is_of_more_than_a_year() -> None:
    """The low of June 2022 to 2026-09-01 is 1,538 days; an event of the last year has none."""
    table = study(scope())
    row = table.loc["low-2022-06-16"]
    close = PAIR.fund.close(Basis.PRICE)
    total = close.iloc[-1] / close["2022-06-16"] - 1
    days = (date(2026, 9, 1) - date(2022, 6, 16)).days
    assert row["fund_since"] == pytest.approx(total)
    assert row["fund_since_annualised"] == pytest.approx((1 + total) ** (365.25 / days) - 1)
    assert np.isnan(table.loc["busan-truce", "benchmark_since_annualised"])
