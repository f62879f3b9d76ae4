"""`compile --explain --format html`: the explanation as one page that needs nothing but a browser."""
