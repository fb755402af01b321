"""Texts from links and files are escaped, and without the server's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from rut_dash.market.store import Store
from rut_dash.ui.text import hide_folders, plain, slug


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("^RUT has none", "^RUT has none"),
        ("[click](http://x.test)", r"\[click\]\(http\://x\.test\)"),
        ("<b>$x$</b> :red[y]", r"\<b\>\$x\$\</b\> \:red\[y\]"),
        ("one\n\n# two", r"one \# two"),
    ],
)
def test_markup_in_a_text_is_escaped(text: str, escaped: str) -> None:
    assert plain(text) == escaped


def test_names_of_files_have_letters_digits_and_hyphens() -> None:
    assert slug("Falls of ^RUT: 10 %") == "falls-of-rut-10"
    assert slug("***") == "table"


def test_folders_of_the_settings_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_PRICES", "/srv/desk/prices")
    monkeypatch.setenv("RUT_DASH_EVENTS", "/srv/own/events.toml")
    monkeypatch.setenv("HOME", "/home/jo")
    assert hide_folders("/srv/desk/prices/SPY.csv, line 3: no") == "SPY.csv, line 3: no"
    assert hide_folders("from the folder /srv/desk/prices: no") == "from the folder prices: no"
    assert hide_folders("/srv/own/events.toml, line 1") == "events.toml, line 1"
    assert hide_folders("/home/jo/.cache/rut_dash cannot") == "~/.cache/rut_dash cannot"
    assert hide_folders("the ratio IWM/SPY, 3/4") == "the ratio IWM/SPY, 3/4"
    assert plain("/srv/desk/prices/SPY.csv") == r"SPY\.csv"


@pytest.mark.parametrize("setting", ["file:///srv/desk/store", "~/store", "store"])
def test_folders_of_a_store_are_left_out_however_its_setting_is_written(
    setting: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUT_DASH_STORE", setting)
    store = Store(setting)
    lead = "/srv/desk" if setting.startswith("file") else str(tmp_path)
    for text in (store.url, store.place("IWM"), f"[Errno 13] '{lead}/store/IWM.parquet'"):
        assert lead in text
        assert lead not in hide_folders(f"The price store at {text} cannot be read")
    assert "IWM.parquet" in hide_folders(store.place("IWM"))


def test_a_bucket_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_STORE", "s3://desk/prices")
    assert hide_folders("s3://desk/prices is silent") == "s3://desk/prices is silent"


def test_a_folder_at_the_root_leaves_other_texts_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUT_DASH_STORE", "/")
    monkeypatch.setenv("RUT_DASH_PRICES", "/prices")
    assert hide_folders("a / b, c/d, https://x.test/y") == "a / b, c/d, https://x.test/y"
    assert hide_folders("/prices/SPY.csv") == "SPY.csv"
