"""A state machine of hypothesis over the whole loop, and the ledger that it is held against."""
