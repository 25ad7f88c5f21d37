"""python -m app: the command `yanlu`."""

from app.cli import main

main()
