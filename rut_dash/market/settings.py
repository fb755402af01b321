"""The market that the environment describes, and where its log goes."""

from __future__ import annotations

import logging
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from rut_dash.errors import InvalidInput
from rut_dash.market.folder_market import FolderMarket
from rut_dash.market.market import Market
from rut_dash.market.sources.base import DEFAULT_SOURCE, PATIENCE, SourceSettings, open_source
from rut_dash.market.sources.folder import FolderSource
from rut_dash.market.store import Store

_YES: Final = ("1", "true", "yes")


def open_market(prices: Path | None = None, *, offline: bool = False) -> Market:
    """Return the market that the arguments and the environment describe.

    The environment names the source (RUT_DASH_SOURCE, a row of
    `rut_dash.market.sources.base.SOURCES`), the store (RUT_DASH_STORE), the largest believable
    one-day move as a fraction (RUT_DASH_MOVE_LIMIT) and for how many seconds a caller waits for
    prices (RUT_DASH_PATIENCE). Where logging has not been set up, the one line that is logged
    for each fetch goes to standard error.

    Parameters
    ----------
    prices
        A folder to read bars from, alone; RUT_DASH_PRICES where None.
    offline
        Ask no source; so does RUT_DASH_OFFLINE=1.

    Raises
    ------
    InvalidInput
        If a setting cannot be used.
    """
    _start_log()
    limit = _setting("RUT_DASH_MOVE_LIMIT", "a positive fraction, as 0.25")
    patience = _setting("RUT_DASH_PATIENCE", "seconds, 20 at most", PATIENCE) or PATIENCE
    folder = prices_folder(prices)
    if folder is not None:
        return FolderMarket(FolderSource(folder, move_limit=limit))
    settings = SourceSettings(move_limit=limit, patience=patience)
    price_source = open_source(os.environ.get("RUT_DASH_SOURCE") or DEFAULT_SOURCE, settings)
    if price_source.simulated:  # its bars are never stored, and there is nothing newer to ask for
        return Market(None, None, demo=price_source, move_limit=limit)
    offline = offline or os.environ.get("RUT_DASH_OFFLINE", "").lower() in _YES
    return Market(
        Store(),
        None if offline else price_source,
        demo=open_source("demo", settings),
        move_limit=limit,
        patience=patience,
    )


def prices_folder(prices: Path | None = None) -> Path | None:
    """Return the folder to read bars from, alone; RUT_DASH_PRICES where None, None for neither."""
    folder = prices or os.environ.get("RUT_DASH_PRICES")
    return Path(folder).expanduser() if folder else None


def _setting(name: str, expected: str, most: float = math.inf) -> float | None:
    """Return a positive number of the environment; None where it is not set."""
    text = os.environ.get(name, "")
    if not text:
        return None
    with suppress(ValueError):
        value = float(text)
        if 0 < value <= most:
            return value
    raise InvalidInput(name, text, expected)


def _start_log() -> None:
    """Send log lines to standard error, unless logging has been set up."""
    logger = logging.getLogger("rut_dash")
    if logger.level == logging.NOTSET and not logger.hasHandlers():
        handler = logging.StreamHandler()
        form = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
        handler.setFormatter(form)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
