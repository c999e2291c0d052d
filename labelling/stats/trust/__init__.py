"""Whom to trust: one algorithm a module, in plain numpy."""
