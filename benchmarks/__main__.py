"""make bench: every promise, one after the other."""

from benchmarks import callback, routing

routing.main()
callback.main()
