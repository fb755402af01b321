"""Dated facts shipped as data, with their readers."""
