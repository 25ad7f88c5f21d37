"""Which database addresses are understood."""

import pytest

from app.core.db.url import make_folder, parse_url
from app.core.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///var/yanlu.db", "sqlite+pysqlite"),
        ("sqlite+pysqlite:////var/yanlu.db", "sqlite+pysqlite"),
        ("postgresql://u:p@h/d", "postgresql+psycopg"),
        ("postgres://u:p@h/d", "postgresql+psycopg"),
        ("postgresql+psycopg:///d?host=/run/postgresql", "postgresql+psycopg"),
    ],
)
def test_parse_url_names_the_driver(url, driver):
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize(
    "url", ["", "yanlu.db", "sqlite://", "sqlite:///:memory:", "mysql://h/d", "postgresql://h:p/d"]
)
def test_parse_url_refuses(url):
    with pytest.raises(ConfigError, match="postgresql://"):
        parse_url(url)


def test_make_folder_makes_it_or_says_why_not(tmp_path):
    make_folder(parse_url(f"sqlite:///{tmp_path}/a/b/yanlu.db"))
    (tmp_path / "file").touch()

    assert (tmp_path / "a/b").is_dir()
    with pytest.raises(ConfigError, match="YANLU_DATABASE_URL"):
        make_folder(parse_url(f"sqlite:///{tmp_path}/file/yanlu.db"))
