"""The reference: a bare FastAPI route that reads the body and says `success`."""

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.post("/wechat")
async def echo(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse("success")


@app.get("/readyz")
async def readyz() -> PlainTextResponse:
    return PlainTextResponse("ready")
