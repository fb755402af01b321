"""A format of price files added at run time is found wherever formats are.

The throw-away format has a name for its closes that no other has, two figures for the year and
a line below its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rut_dash.cli.process import main
from rut_dash.errors import SchemaError
from rut_dash.market.market import Market
from rut_dash.market.sources.date_forms import DateForm, DateOrder
from rut_dash.market.sources.file_format import Adjustment, FileFormat
from rut_dash.market.sources.folder import read_file
from rut_dash.market.sources.vendor_formats import FORMATS, format_name
from rut_dash.market.store import Store
from rut_dash.ui.data_page import health_table
from tests.oracles import note_texts
from tests.price_files import write
from tools.make_file_docs import file_docs

DOCS = Path(__file__).resolve().parents[2] / "docs" / "files.md"
TEXT = "Quoted,Settled,Turnover\n06/16/25,99.0,7\n06/13/25,100.0,7\nEnd of the list\n"


@pytest.fixture(autouse=True)
def row() -> Iterator[FileFormat]:
    added = FileFormat(
        key="quotes",
        name="The Quote Sheet",
        header="Quoted,Settled,Turnover",
        needed=("Quoted", "Settled"),
        meanings=(("quoted", "date"), ("settled", "close"), ("turnover", "volume")),
        dates=(DateForm.SHORT_YEAR,),
        adjustment=Adjustment.SPLITS,
        order=DateOrder.MONTH_FIRST,
        vendor="The Quote Sheet",
        footer="End of the list",
        file_names=(r"quotes of (?P<symbol>[a-z]+)",),
    )
    with FORMATS.with_row(added) as row:
        yield row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, TEXT, "quotes of iwm.csv")


def test_its_files_are_read_by_the_row_alone(path: Path) -> None:
    history = read_file(path)
    assert (history.symbol, history.provenance.file_format) == ("IWM", "quotes")
    assert list(history.bars["close"]) == [100.0, 99.0]
    assert list(history.bars["volume"]) == [7.0, 7.0]
    assert note_texts(history) == (
        "The Quote Sheet's files have no dividends: there is no total return.",
    )


def test_a_file_that_resembles_it_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="it resembles The Quote Sheet, with Gossip besides"):
        read_file(write(tmp_path, "Quoted,Settled,Turnover,Gossip\n06/13/25,1,1,1\n"))


def test_import_the_store_and_the_data_page_name_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUT_DASH_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("RUT_DASH_OFFLINE", "1")
    assert main(["import", str(path)]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.endswith("Format")
    assert line.endswith("The Quote Sheet")
    market = Market(Store(tmp_path / "store"), None)
    stored = market.stored("IWM")
    assert stored is not None
    assert stored.provenance.file_format == "quotes"
    assert list(health_table([market.health("IWM")])["format"]) == ["The Quote Sheet"]


def test_a_file_that_two_formats_fit_is_refused_with_both_names(
    path: Path, row: FileFormat
) -> None:
    double = replace(row, key="double", name="The Double")
    with (
        FORMATS.with_row(double),
        pytest.raises(SchemaError, match="The Quote Sheet or The Double"),
    ):
        read_file(path)


def test_the_page_of_formats_has_it() -> None:
    assert (
        "| The Quote Sheet | `Quoted,Settled,Turnover` | MM/DD/YY | splits | none |"
        in file_docs(DOCS.read_text(encoding="utf-8"))
    )


def test_a_stored_format_whose_row_is_gone_is_named_by_its_key() -> None:
    assert format_name("gone") == "gone"


def test_the_page_of_formats_is_current(row: FileFormat) -> None:
    text = DOCS.read_text(encoding="utf-8")
    added = [line for line in file_docs(text).splitlines() if row.name in line]
    assert [line for line in file_docs(text).splitlines() if line not in added] == text.splitlines()
