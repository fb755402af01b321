"""Ask a vendor that answers in JSON: its HTTP faults become our errors in one place."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from rut_dash.errors import (
    CertificateUntrusted,
    ConnectionCut,
    DataUnavailable,
    NotJson,
    RateLimited,
    RequestRefused,
    SourceError,
    SourceSilent,
    SourceUnreachable,
    UnknownSymbol,
)


def fetch_json(
    url: str,
    *,
    symbol: str,
    source: str,
    timeout: float,
    headers: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 (JSON may be anything)
    """Return a vendor's answer to a GET request, parsed.

    Parameters
    ----------
    url
        What to ask for. A key belongs into a header, never here: proxies log URLs.
    symbol, source
        The symbol and the name of the source, for errors.
    timeout
        Longest silence in seconds.

    Raises
    ------
    UnknownSymbol
        If the vendor answers with HTTP 404.
    DataUnavailable
        If it answers with another fault, with anything but JSON, or not at all; a subclass names
        the cause.
    """
    request = urllib.request.Request(url, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        error.close()
        raise _http_error(error.code, symbol, source) from None
    except TimeoutError:
        raise SourceSilent(symbol, source) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise CertificateUntrusted(symbol, source) from None
        is_silence = isinstance(error.reason, TimeoutError)
        raise (SourceSilent if is_silence else SourceUnreachable)(symbol, source) from None
    except (OSError, http.client.HTTPException):
        raise ConnectionCut(symbol, source) from None
    try:
        return json.loads(body)
    except ValueError:
        is_page = body.lstrip()[:1] == b"<"
        raise NotJson(symbol, source, answer="page" if is_page else "text") from None


def _http_error(status: int, symbol: str, source: str) -> DataUnavailable:
    """Return the error of an HTTP status."""
    if status == 404:
        return UnknownSymbol(symbol, source)
    if status == 429:
        return RateLimited(symbol, source)
    if status >= 500:
        return SourceError(symbol, source, status=status)
    return RequestRefused(symbol, source, status=status)
