"""The errors of rut_dash: one tree, by cause.

An error carries the values it is about and builds its sentence from them in ``__str__``: what is
wrong, where, and what to do. `DataUnavailable` has a subclass for each cause of a failed fetch;
its ``code`` names the cause in a log line, in JSON and in the store. `SchemaError` names a
`Defect` of bars, `RowFileError` one of a row of a TOML file.
"""

from __future__ import annotations

from rut_dash.errors.bar_defects import Defect, Remedy
from rut_dash.errors.base_error import RutDashError
from rut_dash.errors.fetch_errors import (
    BarsRejected,
    CertificateUntrusted,
    ConnectionCut,
    DataUnavailable,
    EndsBefore,
    FetchedElsewhere,
    FolderUnreadable,
    ForeignSymbol,
    MalformedAnswer,
    NoFile,
    NoPrices,
    NotJson,
    NotSimulated,
    NotStored,
    Offline,
    RateLimited,
    RequestRefused,
    SilentForOther,
    SourceError,
    SourceSilent,
    SourceUnreachable,
    UnexpectedError,
    UnknownSymbol,
    WaitEnded,
    error_classes,
)
from rut_dash.errors.figure_errors import (
    BasisGap,
    BasisUnavailable,
    EventNotYetKnown,
    InsufficientHistory,
    InvalidParameter,
    MissingColumns,
    NoCommonBasis,
    NotComputable,
    OutOfRange,
)
from rut_dash.errors.foreign_symbols import US_SYMBOL, ForeignKind, foreign_clause
from rut_dash.errors.input_errors import (
    FurtherIgnoredInputs,
    IgnoredInput,
    InvalidInput,
    RowFileError,
    UnknownParameter,
)
from rut_dash.errors.obstacles import Obstacle
from rut_dash.errors.row_defects import RowDefect, RowPlace
from rut_dash.errors.schema_errors import BarsPlace, SchemaError, SourceBars
from rut_dash.errors.store_errors import (
    CorruptFile,
    NoStore,
    NotAFile,
    StoreAccessError,
    StoreChanged,
    StoredFileError,
    StoreError,
    StoreNotInUse,
    SymbolLocked,
    UnreadableFile,
    WriteNotVerified,
)

__all__ = [
    "US_SYMBOL",
    "BarsPlace", "BarsRejected", "BasisGap", "BasisUnavailable", "CertificateUntrusted",
    "ConnectionCut", "CorruptFile",
    "DataUnavailable", "Defect", "EndsBefore", "EventNotYetKnown", "FetchedElsewhere",
    "FolderUnreadable", "ForeignKind", "ForeignSymbol",
    "FurtherIgnoredInputs", "IgnoredInput", "InsufficientHistory", "InvalidInput",
    "InvalidParameter", "MalformedAnswer", "MissingColumns", "NoCommonBasis", "NoFile", "NoPrices",
    "NoStore", "NotAFile", "NotComputable", "NotJson", "NotSimulated", "NotStored", "Obstacle",
    "Offline", "OutOfRange", "RateLimited", "Remedy", "RequestRefused", "RowDefect", "RowFileError",
    "RowPlace", "RutDashError", "SchemaError", "SilentForOther", "SourceBars", "SourceError",
    "SourceSilent",
    "SourceUnreachable", "StoreAccessError", "StoreChanged", "StoreError", "StoreNotInUse",
    "StoredFileError", "SymbolLocked", "UnexpectedError", "UnknownParameter", "UnknownSymbol",
    "UnreadableFile", "WaitEnded", "WriteNotVerified", "error_classes",
    "foreign_clause",
]  # fmt: skip
