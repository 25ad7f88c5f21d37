"""What all processes share of our use of WeChat's interfaces."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel


class AccessToken(SQLModel, table=True):
    """The token of one app: whoever holds the lease asks WeChat, everybody else waits for the row."""

    __tablename__ = "access_token"

    app_id: str = Field(primary_key=True, max_length=40)
    sealed: str = Field(default="", max_length=1200)
    fingerprint: str = Field(default="", max_length=64)
    expires_at: int = 0
    """Machine's clock, as everything here: the simulator cannot travel past it."""
    leased_until: int = 0


class ApiUse(SQLModel, table=True):
    """How often an interface was used on one day."""

    __tablename__ = "api_use"

    api: str = Field(primary_key=True, max_length=60)
    day: date = Field(primary_key=True)
    used: int = 0
    blocked_until: datetime | None = None
    """WeChat itself said that it was enough."""
