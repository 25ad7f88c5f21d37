"""make bench: every promise, one after the other."""

from benchmarks import callback, jobs, routing, sending

routing.main()
callback.main()
sending.main()
jobs.main()
