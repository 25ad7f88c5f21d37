"""Short messages, through a port: into a file, or to the HTTP address of whoever the bureau has a contract with."""

import json
from pathlib import Path
from typing import Final, Protocol

import httpx

from app.core.clock import machine_seconds
from app.core.errors import ConfigError, Unavailable

DEADLINE: Final = 8.0


class SmsFailed(Unavailable):
    """``maybe_sent``: the request may have arrived."""

    default_detail = "短信没发出去，稍后再试。"

    def __init__(self, detail: str | None = None, *, maybe_sent: bool) -> None:
        self.maybe_sent = maybe_sent
        super().__init__(detail)


class Sms(Protocol):
    async def send(self, phone: str, text: str, client_id: str) -> str:
        """The provider's id of the message. Raises SmsFailed."""

    async def close(self) -> None: ...


class FileSms:
    """One JSON line a message: for a trial run, or for staff who upload the file themselves."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, phone: str, text: str, client_id: str) -> str:
        line = json.dumps(
            {"at": int(machine_seconds()), "phone": phone, "text": text, "id": client_id}, ensure_ascii=False
        )
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        return client_id

    async def close(self) -> None:
        return


class HttpSms:
    """POST ``{"phone", "text", "id"}``; any 2xx is taken as accepted."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(timeout=DEADLINE, trust_env=False)

    async def send(self, phone: str, text: str, client_id: str) -> str:
        try:
            answer = await self._client.post(self._url, json={"phone": phone, "text": text, "id": client_id})
        except httpx.ConnectError:
            raise SmsFailed(maybe_sent=False) from None
        except httpx.HTTPError:
            raise SmsFailed(maybe_sent=True) from None
        if not answer.is_success:
            raise SmsFailed(f"短信平台没有接受（HTTP {answer.status_code}）。", maybe_sent=answer.status_code >= 500)
        return client_id

    async def close(self) -> None:
        await self._client.aclose()


def sms_of(address: str) -> Sms | None:
    """By the setting: empty for none, ``file:…`` or ``http(s)://…``. Raises ConfigError."""
    if not address:
        return None
    if address.startswith("file:"):
        return FileSms(Path(address.removeprefix("file:")))
    if address.startswith(("http://", "https://")):
        return HttpSms(address)
    raise ConfigError("YANLU_SMS 要写成 file:文件 或 https://地址；不用短信就空着。")
