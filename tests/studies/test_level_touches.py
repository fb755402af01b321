"""Touches of zones beside random ones: by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rut_dash.analysis.levels import Side, TouchEnding
from rut_dash.errors import InvalidParameter
from rut_dash.studies.level_touches import Zone, found_zones, level_study
from tests.oracles import candles, walk
from tests.studies.samples import series_of


def bars_of(closes: list[float]) -> pd.DataFrame:
    close = series_of(closes)
    return pd.DataFrame({"high": close, "low": close, "close": close})


def test_touches_from_both_sides_are_listed_with_their_ends() -> None:
    # From below: 95 arms, 100 touches, 96 turns; 100 touches, 105 breaks, which arms from above;
    # 100 touches and is open.
    bars = bars_of([95, 100, 96, 100, 105, 100])
    (row,) = level_study(bars, [Zone(100, 100)]).zones
    days = bars.index
    assert [(t.side, t.start, t.end, t.ending) for t in row.touches] == [
        (Side.BELOW, days[1], days[2], TouchEnding.TURNED),
        (Side.BELOW, days[3], days[4], TouchEnding.BROKE),
        (Side.ABOVE, days[5], None, TouchEnding.OPEN),
    ]
    assert [row.count(ending) for ending in TouchEnding] == [1, 1, 1]


def test_random_zones_lie_in_the_range_and_are_counted_alike() -> None:
    bars = candles(walk(600, seed=8))
    study = level_study(bars, [Zone(95, 97)], draws=50)
    (row,) = study.zones
    assert study.range_low == bars["low"].min()
    assert study.range_high == bars["high"].max()
    centres = np.random.default_rng(0).uniform(study.range_low, study.range_high, 50)
    counts, turned, finished = [], 0, 0
    for centre in centres:
        zone = Zone(centre * (1 - 1 / 96), centre * (1 + 1 / 96))
        (other,) = level_study(bars, [zone], draws=1).zones
        counts.append(len(other.touches))
        turned += other.count(TouchEnding.TURNED)
        finished += other.count(TouchEnding.TURNED) + other.count(TouchEnding.BROKE)
    assert row.random.mean == pytest.approx(np.mean(counts))
    as_many = [count for count in counts if count >= len(row.touches)]
    assert row.random.share_with_as_many == pytest.approx(len(as_many) / 50)
    assert (row.random.turned, row.random.finished) == (turned, finished)


def test_zones_are_found_where_the_price_turned() -> None:
    # Up to 120, down to 100, up to 121, down to 100.5, up to 150: the ends are no turns, because
    # twenty sessions on both sides must show one.
    legs = [(100, 120), (120, 100), (100, 121), (121, 100.5), (100.5, 150)]
    path = np.concatenate([np.linspace(a, b, 30)[:-1] for a, b in legs])
    zones = found_zones(path, path)
    assert [(zone.low, zone.high, zone.turns) for zone in zones] == [
        (100.0, 100.5, 2),
        (120.0, 121.0, 2),
    ]
    study = level_study(bars_of(path.tolist()))
    assert study.tested_count == 2
    assert [row.zone.low for row in study.zones] == [100.0, 120.0]


def test_a_reader_s_zones_were_not_chosen_by_the_program() -> None:
    assert level_study(bars_of([95, 100, 96]), [Zone(100, 100)]).tested_count is None


def test_only_the_last_sessions_are_looked_at() -> None:
    bars = bars_of([95, 100, 96, 97, 98])
    study = level_study(bars, [Zone(100, 100)], sessions=3)
    assert (study.first, study.range_high) == (bars.index[2], 98.0)
    assert study.zones[0].touches == ()


def test_a_blank_high_or_low_is_the_close() -> None:
    bars = bars_of([95, 100, 96])
    bars["high"] = np.nan
    assert len(level_study(bars, [Zone(100, 100)]).zones[0].touches) == 1


def test_a_channel_needs_104_weeks() -> None:
    # 519 sessions from Tuesday 2 January 2024 on are 104 weeks, 514 are 103.
    growing = (100 * 1.001 ** np.arange(519)).tolist()
    channel = level_study(bars_of(growing), [Zone(1, 1)]).channel
    assert channel is not None
    assert len(channel.middle) == 104
    assert level_study(bars_of(growing[:514]), [Zone(1, 1)]).channel is None


@pytest.mark.parametrize(("zone", "sessions"), [(Zone(100, 90), 10), (Zone(100, 100), 1)])
def test_what_cannot_be_looked_at_is_refused(zone: Zone, sessions: int) -> None:
    with pytest.raises(InvalidParameter):
        level_study(bars_of([95, 100, 96]), [zone], sessions)


def test_later_bars_change_no_touch_that_ended() -> None:
    bars = candles(walk(600, seed=8))
    past, whole = (level_study(part, [Zone(95, 97)], 2000) for part in (bars.iloc[:400], bars))
    over = [touch for touch in past.zones[0].touches if touch.end is not None]
    assert over
    assert [t for t in whole.zones[0].touches if t.end and t.end <= bars.index[399]] == over
