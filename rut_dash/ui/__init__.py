"""What the Streamlit pages share; the only room that imports Streamlit."""
