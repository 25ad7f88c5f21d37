"""The phone: a page that looks and behaves like WeChat, from this tree and nothing else."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse

from app.core.config import ROOT
from app.core.errors import NotFound

PAGE: Final = ROOT / "templates/simulator/phone.html"
ASSETS: Final = ROOT / "templates/static/simulator"
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def add_page(router: APIRouter) -> None:
    """The page at the router's own address, with and without a slash, and the files it loads."""

    async def show_page() -> FileResponse:
        return FileResponse(PAGE, media_type="text/html", headers=HEADERS)

    async def show_asset(name: str) -> FileResponse:
        path = find_asset(name)
        return FileResponse(path, media_type=TYPES[path.suffix], headers=HEADERS)

    for path in ("", "/"):
        router.add_api_route(path, show_page)
    router.add_api_route("/static/{name}", show_asset)


def find_asset(name: str) -> Path:
    """A file of that name and no other. Raises NotFound."""
    path = ASSETS / name
    if path.suffix not in TYPES or path.parent != ASSETS or not path.is_file():
        raise NotFound
    return path
