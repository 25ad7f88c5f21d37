"""A service per test, and a look into its rows."""

import pytest
from sqlalchemy import func
from sqlmodel import select

from app.core.config import ROOT
from app.knowledge.calibration import knowledge_version, read_calibration
from app.main import load_index
from app.messaging.inbound import REPEAT
from app.messaging.models import Dialogue, InboundMessage, LateAnswer
from bot.router import Router
from tests.serving import make_settings, served


@pytest.fixture
async def service(database_url):
    """(app, client) of a demo service in safe mode, on each kind of database."""
    async with served(make_settings(database_url)) as running:
        yield running


@pytest.fixture
async def here(sqlite_url):
    """The same on SQLite only, for what no database has a say in."""
    async with served(make_settings(sqlite_url)) as running:
        yield running


@pytest.fixture
async def plain_service(database_url):
    async with served(make_settings(database_url, wechat_aes_key="")) as running:
        yield running


def count_rows(session):
    """What a message leaves behind."""
    return {
        "messages": session.exec(select(func.count()).where(InboundMessage.intent != REPEAT)).one(),
        "turns": session.exec(select(func.coalesce(func.sum(Dialogue.version), 0))).one(),
        "late": session.exec(select(func.count()).select_from(LateAnswer)).one(),
    }


async def rows(app):
    return await app.state.services.db.read(count_rows)


@pytest.fixture(scope="session")
def loaded():
    """(library, catalogue, index) as they are shipped, and as a service in this process has them."""
    folder = ROOT / "intents"
    return load_index(folder, knowledge_version(folder))


@pytest.fixture(scope="session")
def knowledge(loaded):
    """(library, catalogue) as they are shipped."""
    return loaded[:2]


@pytest.fixture(scope="session")
def router(loaded):
    """The router of a service, without the service."""
    library, catalogue, index = loaded
    return Router(library, index, read_calibration(ROOT / "intents"), catalogue)
