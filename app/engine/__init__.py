"""Carrying out what is due. The row is the order: features commit rows, a sweep by our own clock hands what is due
to DBOS, DBOS runs it once at a time, and the row says what became of it. A lost or doubled hand-over does no harm.
"""
