"""A WeChat that only counts, in a process of its own: it outlives every sender. Run by `test_kills`."""

import asyncio
import json
import socket
from collections import Counter

import uvicorn
from fastapi import FastAPI, Request

LATENCY = 0.03
app = FastAPI()
seen = Counter()
ids = {}


@app.post("/send/{way}")
async def send(way: str, request: Request):
    """Accepts after a while; on `template` a client id that it knows is one message."""
    body = json.loads(await request.body())
    await asyncio.sleep(LATENCY)
    if way == "template" and ids.setdefault(body["id"], body["openid"]) and ids.get(("done", body["id"])):
        return {"errcode": 0}
    ids["done", body.get("id")] = True
    seen[body["openid"]] += 1
    return {"errcode": 0}


@app.get("/seen")
async def look():
    return seen


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listener])
