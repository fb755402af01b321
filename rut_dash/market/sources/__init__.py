"""The sources of daily bars; the registry is `rut_dash.market.sources.base`."""
