"""The invariants, checked against a live database: each module holds the checks of one matter, reading only.

Rows are compared in the database and streamed, so that memory doesn't grow with the project.
"""
