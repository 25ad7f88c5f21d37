"""Bringing the schema up to date. Safe to run twice and from two processes at once."""

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from app.core.config import ROOT
from app.core.db.url import make_folder, parse_url
from app.core.errors import ConfigError


def migrate(database_url: str) -> None:
    """Run every migration that is missing; another process doing the same is waited for.

    Raises ConfigError when the database cannot be reached.
    """
    make_folder(parse_url(database_url))
    try:
        command.upgrade(alembic_config(database_url), "head")
    except OperationalError as error:
        raise ConfigError(f"打不开数据库：{error.orig}。请检查 YANLU_DATABASE_URL。") from None


def alembic_config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config
