"""What a price history is and where it comes from."""
