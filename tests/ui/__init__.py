"""Tests of rut_dash.ui."""
