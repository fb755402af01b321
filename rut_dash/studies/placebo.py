"""Placebo sets: the same dates moved together by one random number of sessions.

Moving all dates by one number keeps their spacing, so that cases which overlap overlap in the
placebo as well. The move is circular: what leaves the sample at its end comes in at its start.
"""

from __future__ import annotations

from typing import Final

import numpy as np

DRAWS: Final = 1000
SEED: Final = 0
# Means closer than this are equal: the rounding of the transform that sums them.
_EQUAL: Final = 1e-12


def random_shifts(size: int, draws: int = DRAWS, seed: int = SEED) -> np.ndarray:
    """Return how far each placebo set is moved: from 1 to ``size - 1`` sessions.

    Parameters
    ----------
    size
        Sessions of the sample, at least 2.

    Returns
    -------
    ndarray
        Whole numbers, shape (draws,); of another size the same draws in proportion.
    """
    shares = np.random.default_rng(seed).random(draws)
    return 1 + (shares * (size - 1)).astype(np.int64)


def shifted_means(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return the mean of values at positions, for every circular move of the positions.

    Parameters
    ----------
    values
        One value a session, without NaN, shape (n,).
    positions
        Positions in ``values``, at least one.

    Returns
    -------
    ndarray
        Shape (n,): at ``s`` the mean of ``values[(positions + s) % n]``. All moves at once are
        one correlation, by Fourier transform.
    """
    size, centre = len(values), values.mean()
    indicator = np.bincount(positions, minlength=size).astype(float)
    spectrum = np.fft.rfft(values - centre) * np.conj(np.fft.rfft(indicator))
    moved: np.ndarray = np.fft.irfft(spectrum, size) / len(positions) + centre
    return moved


def placebo_rank(
    values: np.ndarray, positions: np.ndarray, draws: int = DRAWS, seed: int = SEED
) -> float:
    """Return the share of placebo sets whose mean is below that at the positions.

    Parameters
    ----------
    values
        One value a session of the sample, without NaN, shape (n,).
    positions
        The cases, as positions in ``values``.

    Returns
    -------
    float
        From 0 to 1, a set with an equal mean counting half; NaN without cases, or with fewer
        than two sessions.
    """
    if len(positions) == 0 or len(values) < 2:
        return float("nan")
    means = shifted_means(values, positions)
    gaps = means[random_shifts(len(values), draws, seed)] - means[0]
    return float(((gaps < -_EQUAL).sum() + 0.5 * (np.abs(gaps) <= _EQUAL).sum()) / draws)
