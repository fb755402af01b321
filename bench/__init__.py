"""How fast the dashboard is, held against an empty Streamlit page: ``python -m bench``."""
