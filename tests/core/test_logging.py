"""What leaves by the log: one line, and nobody's numbers, from our loggers and from other people's."""

import json
import logging
import subprocess
import sys

import pytest

from app.core.config import ROOT
from app.core.logging import mask_event

PHONE, ID_NUMBER, OPENID, SECRET = "13812345678", "520203199001011234", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "hidden-value-1"

SCRIPT = f"""
import logging, structlog
from app.core.logging import configure_logging
configure_logging(FORMAT)
PHONE, ID_NUMBER, OPENID, SECRET = {PHONE!r}, {ID_NUMBER!r}, {OPENID!r}, {SECRET!r}

class Thing:
    def __repr__(self): return f"Thing(phone={{PHONE}}, token='{{SECRET}}')"

def fail():
    try:
        raise ValueError(f"no such person {{PHONE}} {{ID_NUMBER}}")
    except ValueError as error:
        raise RuntimeError(f"GET /?access_token={{SECRET}}&openid={{OPENID}}") from error

log, other = structlog.get_logger(), logging.getLogger("somebody.else")
log.info("asked", phone=PHONE, number=int(PHONE), token=SECRET, wechat_app_secret=SECRET, openid=OPENID, ms=12, ok=True)
log.info("nested", facts=dict(people=[dict(phone=PHONE, session_key=SECRET), (ID_NUMBER, OPENID)], thing=Thing()))
log.info("keys", facts={{PHONE: 1, int(PHONE): 2}}, several={{PHONE}}, raw=PHONE.encode())
log.info("called %s %s", PHONE, ID_NUMBER)
structlog.contextvars.bind_contextvars(caller=PHONE)
log.info("bound")
log.debug("too quiet to be kept")
other.info("too quiet to be kept")
other.warning("other %s token=%s", PHONE, SECRET)
other.warning("other %(who)s", {{"who": ID_NUMBER}})
try:
    fail()
except RuntimeError:
    log.exception("failed")
    other.exception("other failed")
"""


@pytest.fixture(scope="module", params=["json", "console"])
def logged(request):
    """What a process of its own wrote, and in which format: logging is configured once a process."""
    script = SCRIPT.replace("FORMAT", repr(request.param), 1)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return request.param, done.stderr


@pytest.mark.parametrize("number", [PHONE, ID_NUMBER, OPENID, SECRET])
def test_a_configured_logger_lets_no_number_out(logged, number):
    _, text = logged

    assert [line for line in text.splitlines() if number in line] == []


def test_a_configured_logger_says_everything_else(logged):
    _, text = logged

    for word in ("asked", "nested", "bound", "called 138••••5678", "other 138••••5678", "RuntimeError", "ValueError"):
        assert word in text
    assert "too quiet" not in text


@pytest.mark.parametrize("logged", ["json"], indirect=True)
def test_json_lines_keep_their_types(logged):
    _, text = logged

    lines = [json.loads(line) for line in text.splitlines()]

    assert (lines[0]["event"], lines[0]["ms"], lines[0]["ok"], lines[0]["level"]) == ("asked", 12, True, "info")
    assert [line["event"] for line in lines][-2:] == ["failed", "other failed"]
    assert [line["exception"].count("Traceback") for line in lines[-2:]] == [2, 2]


def test_mask_event_leaves_plain_values_as_they_are():
    event = {"event": "handled", "ms": 1.5, "n": 3, "ok": False, "none": None, "items": [1, "二"]}

    assert mask_event(logging, "info", dict(event)) == event
