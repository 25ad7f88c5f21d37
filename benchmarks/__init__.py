"""Promises of speed. Every figure is a ratio to a reference that ran in the same minutes on the same machine."""
