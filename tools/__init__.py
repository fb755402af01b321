"""Scripts that make files of this repository; nothing of the product imports them."""
