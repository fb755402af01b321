"""Studies: what usually came next, with the record of ordinary days beside each figure."""
