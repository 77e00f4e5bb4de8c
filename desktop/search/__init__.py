"""The search page: choosing a query, searching, and showing the results."""
