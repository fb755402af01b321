"""What can be wrong with bars: each defect once, with its sentence and its remedy.

A defect is raised as ``SchemaError(where, Defect.X, **values)``. Both templates are filled with
those values, with the error's ``session`` and with its ``line``; `SchemaError` refuses values
that the templates do not name.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import cached_property
from typing import Final

from rut_dash.errors.templates import template_fields

DefectValue = str | int | float | date | None | tuple[str, ...] | tuple[date, ...]


class Remedy(Enum):
    """A remedy that replaces a defect's own, because of where the bars come from or go to."""

    ASK_AGAIN = "These bars are not stored; the source is asked again later"
    CHANGE_STORE = "The stored bars are kept; remove them from the store to take the file's instead"


class Defect(Enum):
    """What is wrong with bars: the template of the sentence, and that of the remedy."""

    # One value is wrong, or one row.
    NOT_DATED = ("the rows are not labelled by dates", "Add a date column")
    NO_BARS = ("there are no rows", "Load a file that has bars")
    DATES_WITH_ZONE = ("the dates carry a time zone", "Give plain session dates")
    BLANK_DATE = ("a date is blank", "Give every row its session date")
    DATE_OUT_OF_RANGE = (
        "a date lies outside the years {first_year} to {last_year}",
        "Correct it",
    )
    DUPLICATE_SESSION = ("{session:%Y-%m-%d} occurs twice", "Keep one row a session")
    UNSORTED = ("the dates are not in order at {session:%Y-%m-%d}", "Sort the rows by date")
    NOT_NUMERIC = ("a cell is not a number ({cause})", "Correct it")
    NO_CLOSE = ("there is no close column", "Give each row a close")
    NO_CLOSE_BESIDE_RANGE = (
        "there are open, high and low but no close",
        "Add the close column",
    )
    MISSING_PRICE = (
        "the {column:column} is missing on {session:%Y-%m-%d}{more:also}",
        "Correct the file",
    )
    INFINITE = ("the {column} is infinite on {session:%Y-%m-%d}{more:also}", "Correct the file")
    NOT_POSITIVE = (
        "the {column} is not positive on {session:%Y-%m-%d}{more:also}",
        "Correct the file",
    )
    NEGATIVE = ("the {column} is negative on {session:%Y-%m-%d}{more:also}", "Correct the file")
    NEGATIVE_OR_INFINITE = (
        "the {column} is negative or infinite on {session:%Y-%m-%d}{more:also}",
        "Correct the file",
    )
    LOW_ABOVE = (
        "the {column} is above the open or the close on {session:%Y-%m-%d}{more:also}",
        "Correct the file",
    )
    HIGH_BELOW = (
        "the {column} is below the open or the close on {session:%Y-%m-%d}{more:also}",
        "Correct the file",
    )
    DIVIDEND_ABOVE_CLOSE = (
        "the dividend of {dividend:g} on {session:%Y-%m-%d} is not smaller than the close before "
        "it ({close:g})",
        "Check the file's dividend column",
    )
    MOVE_BEYOND_LIMIT = (
        "{symbol} moves by {move:move} on {session:%Y-%m-%d}, beyond the believable {limit:.0%} "
        "of one day",
        "Check for a split that was not applied or a wrong price; the limit can be raised with "
        "RUT_DASH_MOVE_LIMIT",
    )
    RETURN_BEYOND_LIMIT = (
        "{symbol} returns, with its dividend, {move:move} on {session:%Y-%m-%d}, beyond the "
        "believable {limit:.0%} of one day",
        "Check for a split that was not applied or a wrong price; the limit can be raised with "
        "RUT_DASH_MOVE_LIMIT",
    )
    RANGE_BEYOND_LIMIT = (
        "the {column} of {symbol} on {session:%Y-%m-%d} is {value:g}, with a close of {close:g}: "
        "beyond what is believable within a day",
        "Check for a wrong price; the limit can be raised with RUT_DASH_MOVE_LIMIT",
    )
    CLOSED_SESSION = (
        "there is a row on {session:%Y-%m-%d}, when the NYSE was closed",
        "Only bars of NYSE sessions are stored",
    )
    CLOSED_SESSIONS = (
        "there are {count:,} rows on {days:days}, when the NYSE was closed",
        "Only bars of NYSE sessions are stored",
    )
    FUTURE_SESSION = (
        "there is a bar of {session:%Y-%m-%d}, which has not come yet",
        "Correct that date, or check the clock of this machine",
    )

    DUPLICATE_STAMP = (
        "the date of {day:day} occurs twice",
        "These bars are not stored; the source is asked again later",
    )
    UNSORTED_STAMP = (
        "the date of {day:day} is not in order",
        "These bars are not stored; the source is asked again later",
    )
    FUTURE_STAMP = (
        "there is a bar of {day:day}, which has not come yet",
        "Try again later, and check the clock of this machine",
    )
    LATE_START = (
        "the whole history was asked for, and the answer's {count:,} bars begin on "
        "{first:%Y-%m-%d}, though it has been traded since {traded:%Y-%m-%d}",
        "Try again later",
    )

    # Two histories do not fit together.
    SAME_SYMBOL = (
        "a fund cannot be compared with itself",
        "Choose another fund or another benchmark",
    )
    SIMULATED_WITH_REAL = (
        "simulated bars cannot be compared with real ones",
        "Load real prices of both",
    )
    SIMULATED_STORED = ("simulated bars are never stored", "Store real bars only")
    SCALED = (
        "the closes are about {ratio:.4g} times the stored ones, and no new split explains it",
        "The stored bars remain; the source is asked again later; if those are the wrong ones, "
        "remove their file from the store",
    )
    SCALED_BEYOND_SPLITS = (
        "the closes are about {ratio:.4g} times the stored ones, and new splits explain "
        "{explained:g}",
        "The stored bars remain; the source is asked again later; if those are the wrong ones, "
        "remove their file from the store",
    )
    RESTATED_AND_SHORTER = (
        "the new bars lack stored ones ({lacking:first}) and restate others",
        "The stored bars remain; the source is asked again later",
    )
    DIVIDEND_DENIED = (
        "the dividend of {session:%Y-%m-%d} is {dividend:g}, where {stored:g} is stored, and its "
        "adjusted closes do not confirm it",
        "The stored bars remain; the source is asked again later; if those are the wrong ones, "
        "remove their file from the store",
    )
    SHORTER_NOT_COMPARABLE = (
        "it lacks {lacking:first} of the stored bars of {symbol} ({first:%Y-%m-%d} to "
        "{last:%Y-%m-%d}), and has no closes that could be compared with them",
        "The stored bars are kept; import a file that overlaps them",
    )
    POORER_NOT_COMPARABLE = (
        "it knows less about the sessions of {symbol} than is stored ({first:%Y-%m-%d} to "
        "{last:%Y-%m-%d}), and has no closes that could be compared with them",
        "The stored bars are kept; import a file that overlaps them",
    )
    SHORTER_AND_DIFFERENT = (
        "it lacks {lacking:first} of the stored bars of {symbol}, and its closes disagree with "
        "them, first on {session:%Y-%m-%d} ({close:g}, where {stored:g} is stored)",
        "The stored bars are kept; remove them from the store to take the file's instead",
    )
    POORER_AND_DIFFERENT = (
        "it knows less about the sessions of {symbol} than is stored, and its closes disagree "
        "with them, first on {session:%Y-%m-%d} ({close:g}, where {stored:g} is stored)",
        "The stored bars are kept; remove them from the store to take the file's instead",
    )

    # A file is not one of bars, or a line of it is broken.
    NO_SUCH_PATH = ("there is no such file or folder", "Check the path")
    OTHER_SUFFIX = ("it is no CSV or Parquet file", "")
    PATH_MISSING = ("there is nothing at this path", "Check how it is spelt")
    PATH_UNREADABLE = ("it cannot be read ({cause})", "Check its permissions")
    NAME_WITHOUT_SYMBOL = (
        "its name does not say whose bars these are",
        "Rename it after the symbol, as IWM.csv (_RUT.csv for ^RUT)",
    )
    SEVERAL_FILES = ("{files:and} are all bars of {symbol}", "Keep one of them in the folder")
    EMPTY_FILE = ("the file is empty", "Download it again")
    WORKBOOK = ("it is an Excel workbook, not text", "Save it as CSV")
    NOT_TEXT = ("there are bytes that are no text", "Save it as CSV in UTF-8")
    NULL_BYTES = ("there are null bytes", "Save it as CSV in UTF-8")
    SAVED_REFUSAL = (
        "it holds no bars but an answer: {answer:quoted}",
        "The vendor did not know the symbol or refused; download it again",
    )
    WEB_PAGE = ("it is a web page, not a table", "Download the CSV file itself")
    NOT_A_TABLE = ("its first line is no table ({cause})", "")
    NOT_PARQUET = ("it cannot be read as Parquet ({cause})", "Write the file again")
    NO_COLUMN_NAMES = (
        "there is no line of column names",
        "Add one above the rows, as date,open,high,low,close,volume",
    )
    NO_PRICE_COLUMNS = (
        "it is not a price file (its first line has {names:names})",
        "A price file has the columns date, open, high, low, close, volume",
    )
    DUPLICATE_COLUMN = ("two columns are the {column}", "Keep one of them")
    UNKNOWN_FORMAT = (
        "its columns are those of no known format: it resembles {format}{missing:without}"
        "{unknown:besides}",
        "Download it again and leave its first line as it is, or name its columns date, open, "
        "high, low, close, volume",
    )
    AMBIGUOUS_FORMAT = (
        "its columns are those of more than one format: {formats:or}",
        "Name its columns date, open, high, low, close, volume",
    )
    SEVERAL_SYMBOLS = (
        "it holds the bars of more than one symbol: {symbols:and}",
        "Save each symbol as a file of its own",
    )
    OTHER_SYMBOL = (
        "its rows are the bars of {held}, not of {symbol}",
        "Name the file after the symbol that it holds",
    )
    FOREIGN_SYMBOL = (
        "{symbol} is not of a US exchange; figures here are in US dollars, on the sessions of the "
        "NYSE",
        "Give the file of a symbol of a US exchange",
    )
    OTHER_CURRENCY = (
        "the prices of the row are in {currency}; figures here are in US dollars",
        "Give the file of a symbol that is quoted in US dollars",
    )
    OTHER_PERIOD = ("the period of the row is {period:quoted}, not D", "Download daily prices")
    JSON = ("it is JSON, not a table", "Download it as CSV")
    NO_ROWS = ("there are no rows", "Write the file again")
    NO_ROWS_BELOW_NAMES = ("there are no rows below the names", "Download it again")
    CELL_COUNT = (
        "the line has {cells:cells} where the first has {names} names",
        "It may have been cut off: download the file again",
    )
    UNSPLITTABLE_LINE = (
        "the line cannot be split into cells ({cause})",
        "Check its quotation marks",
    )
    TIME_OF_DAY = (
        "{cell!r} is a date with a time of day, in a form that no format of daily prices has",
        "Download daily prices; where these are daily, write their dates as YYYY-MM-DD",
    )
    BAD_DATE = (
        "{cell:quoted} in column {column}{row:in_row} is not a date as {forms:or}",
        "Correct that cell",
    )
    BAD_NUMBER = (
        "{cell:quoted} in column {column}{row:in_row} is not a number such as 1234.56",
        "Correct that cell",
    )
    AMBIGUOUS_DATES = (
        "{cell:quoted} can be {first:%Y-%m-%d} or {second:%Y-%m-%d}, and nothing in the file "
        "decides whether the day or the month comes first",
        "Write its dates as YYYY-MM-DD",
    )
    AMBIGUOUS_NUMBER = (
        "{cell:quoted} in column {column} can be {whole:,.0f} or {decimal:.3f}, and no other price "
        "decides which",
        "Write prices with a decimal point and without thousands separators",
    )
    SPLIT_CONTRADICTED = (
        "a split of {split:g} is listed on {session:%Y-%m-%d}, which its closes contradict "
        "({before:g} before it, {close:g} on it)",
        "Check for a split that was not applied: prices and dividends before it are divided by it",
    )
    NOT_ADJUSTED = (
        "its columns are those of adjusted prices, but all closes before the dividend of "
        "{session:%Y-%m-%d} are whole cents, as unadjusted ones are",
        "Save the prices with auto_adjust=False and with the column Adj Close",
    )
    DECIMAL_COMMA = (
        "{cell:quoted} in column {column} is not a number such as 1234.56: it has a decimal comma",
        "Write all numbers with a decimal point",
    )
    ACTION_WITHOUT_BAR = ("{session:%Y-%m-%d} has a dividend or a split but no bar", "Add it")
    ROW_WITHOUT_DATE = (
        "the date of row {row:,} is blank or outside the years {first_year} to {last_year}",
        "Give each row the date of its session",
    )
    DUPLICATE_ROW = (
        "{session:%Y-%m-%d} occurs twice (first in line {first:,})",
        "Keep one row a session",
    )
    UNSORTED_ROWS = (
        "the dates are not in order: {session:%Y-%m-%d} is below {above:%Y-%m-%d}",
        "Sort the rows by date",
    )
    WEEKEND_ROW = (
        "{session:%Y-%m-%d} is a {session:%A}, on which no exchange is open",
        "Give each row the date of its session",
    )
    NOT_DAILY = (
        "its rows are {days:g} days apart: they are not daily bars",
        "Download daily prices",
    )

    @property
    def problem(self) -> str:
        """The template of the clause that says what is wrong."""
        return self.value[0]

    @property
    def remedy(self) -> str:
        """The template of the sentence that says what to do."""
        return self.value[1]

    @cached_property
    def fields(self) -> frozenset[str]:
        """The names of the values that the two templates need."""
        return frozenset().union(*map(template_fields, self.value))

    @property
    def is_beyond_limit(self) -> bool:
        """True where a larger RUT_DASH_MOVE_LIMIT would let the bars pass."""
        return self in _BEYOND_LIMIT


_BEYOND_LIMIT: Final = frozenset(
    {Defect.MOVE_BEYOND_LIMIT, Defect.RETURN_BEYOND_LIMIT, Defect.RANGE_BEYOND_LIMIT}
)
