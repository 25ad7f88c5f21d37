"""Ask one question of the service on this network's port 8000, signed and sealed as WeChat would; print the answer.

A program of its own, because a container's network is entered with a process.
"""

import os
import sys

import httpx

from tests.messages import Sender, text_xml


def ask(text):
    account = ("token", "app_id", "aes_key")
    sent = (sender := Sender(*(os.environ[f"YANLU_WECHAT_{name.upper()}"] for name in account))).pack(text_xml(text))
    url = "http://127.0.0.1:8000/wechat"
    return sender.text(httpx.post(url, params=sent.params, content=sent.content, timeout=20, trust_env=False))


if __name__ == "__main__":
    print(ask(sys.argv[1]))
