"""The reference: as little as a page can hold."""

import streamlit as st

st.title("Empty")
