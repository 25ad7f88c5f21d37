"""`python -m app` and the command `yanlu`."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the rest is still being loaded ends it without a traceback
from app.cli import main  # noqa: E402

signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()
