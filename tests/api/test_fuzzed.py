"""Whatever the description allows, and what it does not, sent to a real service: never a 5xx, never off its schema."""

import json
import os
import re
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from tests.serving import process

EXAMPLES = 100 if os.environ.get("YANLU_SOAK") else 35
"""A route and phase; the seed is fixed, so that every run sends the same."""

pytestmark = pytest.mark.soak
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
)


def test_no_request_makes_the_service_fail(database_url, tmp_path, figure):
    with process(database_url, YANLU_RATE_LIMITS="off") as (base, _):
        body = json.dumps({"code": "sim:m1"}).encode()
        sign_in = Request(f"{base}/api/v1/sessions", body, {"Content-Type": "application/json"})
        with urlopen(sign_in, timeout=10) as answer:
            token = json.load(answer)["token"]
        done = subprocess.run(
            [
                sys.executable,
                *("-m", "schemathesis.cli", "run", f"{base}/api/v1/openapi.json"),
                *("--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--seed", "1"),
                *("--header", f"Authorization: Bearer {token}", "--request-timeout", "10", "--no-color"),
                # Deleting oneself ends the token; test_me does that.
                *("--exclude-operation-id-regex", "^(delete_me|sign_out)"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    assert done.returncode == 0, done.stdout[-6000:]
    found = re.search(r"(\d+) generated, .*", done.stdout)
    figure(f"schemathesis on {database_url.split(':')[0]}: {found[0] if found else done.stdout.splitlines()[-1]}")
