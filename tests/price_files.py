"""Price files of every vendor that hands them out, and a helper that writes one."""

from __future__ import annotations

from pathlib import Path

OURS = """date,open,high,low,close,adjclose,volume,dividends,splits
2025-04-04,186.2,187.1,179.0,181.03,180.5,60000000,0.0,0.0
2025-04-07,175.1,190.2,171.7,179.52,179.0,80000000,0.0,0.0
2025-04-08,186.0,186.7,172.5,174.82,174.3,70000000,0.5,0.0
2025-04-09,173.0,192.0,171.9,189.68,189.1,99000000,0.0,0.0
"""
YAHOO = """Date,Open,High,Low,Close,Adj Close,Volume
2025-04-04,186.2,187.1,179.0,181.03,180.5,60000000
2025-04-07,null,null,null,null,null,null
2025-04-08,186.0,186.7,172.5,174.82,174.3,70000000
2025-04-09,173.0,192.0,171.9,189.68,189.1,99000000
"""
STOOQ = """Date,Open,High,Low,Close,Volume
2025-04-07,175.1,190.2,171.7,179.52,80000000
2025-04-08,186.0,186.7,172.5,174.82,70000000
"""
NASDAQ = """Date,Close/Last,Volume,Open,High,Low
04/09/2025,$189.68,99000000,$173.00,$192.00,$171.90
04/08/2025,$174.82,70000000,$186.00,$186.70,$172.50
04/07/2025,$179.52,"80,000,000",$175.10,$190.20,$171.70
"""
NASDAQ_INDEX = """Date, Close/Last, Volume, Open, High, Low
04/09/2025,"1,913.16",N/A,"1,745.10","1,919.00","1,737.00"
04/08/2025,"1,760.71",--,"1,866.00","1,870.00","1,732.99"
"""
YAHOO_PAGE = """Date,Open,High,Low,Close*,Adj Close**,Volume
"Jun 24, 2025",212.0,214.9,211.9,214.27,214.3,31000000
"Jun 23, 2025",208.0,211.5,206.5,211.21,211.2,41000000
"Jun 16, 2025",209.2,211.2,209.0,210.53,210.5,30000000
"Jun 16, 2025",0.58 Dividend
"Jun 13, 2025",208.9,210.3,207.8,208.4,207.8,37000000
"""


def write(folder: Path, text: str | bytes, name: str = "IWM.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
