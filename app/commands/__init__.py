"""One file a group of the command `yanlu`."""
