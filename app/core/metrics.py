"""What Prometheus may ask for. Counters are the process's own; several processes are summed by Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

messages_total = Counter("yanlu_messages_total", "Callback requests by what became of them.", ["outcome"])
message_seconds = Histogram(
    "yanlu_message_seconds",
    "From the first byte of a callback to its answer.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 3.5, 5),
)
failures_total = Counter("yanlu_failures_total", "Turns that ended in an apology, by kind of failure.", ["kind"])
for outcome in ("handled", "duplicate", "refused"):
    messages_total.labels(outcome)
engine_due = Gauge("yanlu_engine_due", "Orders that are due, by task.", ["task"])
engine_oldest = Gauge("yanlu_engine_oldest_seconds", "How long the oldest due order has waited, by task.", ["task"])
engine_running = Gauge("yanlu_engine_running", "Orders being carried out.")
engine_executors = Gauge("yanlu_engine_executors", "Processes that carry out orders.")
engine_last_sweep = Gauge("yanlu_engine_last_sweep_seconds", "When this process last looked, seconds since 1970.")
deliveries_total = Counter("yanlu_deliveries_total", "Sends by channel and how they ended.", ["channel", "state"])

wechat_calls_total = Counter("yanlu_wechat_calls_total", "Calls to WeChat by what became of them.", ["api", "outcome"])
wechat_call_seconds = Histogram(
    "yanlu_wechat_call_seconds",
    "Calls to WeChat, with waiting for a token and tries again.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
access_token_refused_total = Counter(
    "yanlu_access_token_refused_total", "Calls that WeChat refused with a fresh access token too.", ["app"]
)
