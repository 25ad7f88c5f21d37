"""What all processes know of WeChat together: its access tokens and how much of each API is used."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel


class AccessToken(SQLModel, table=True):
    """One app's token. Seconds are the machine's clock's."""

    __tablename__ = "access_token"

    app_id: str = Field(primary_key=True, max_length=64)
    sealed: str = Field(sa_column=Column(Text, nullable=False))
    """The token, sealed; empty while there has been none."""
    expires_at: float
    """0 once WeChat has refused it."""
    refreshing_until: float
    """Somebody asks WeChat for a new one and holds the lease until then; 0 for nobody."""
    generation: int
    """Counts the tokens: two with one number are the same token."""
    forced_at: float
    """When WeChat was last made to give another one."""


class ApiQuota(SQLModel, table=True):
    """How often one API was used in one period, by the service's clock: a day or a minute."""

    __tablename__ = "api_quota"

    api: str = Field(primary_key=True, max_length=100)
    period: str = Field(primary_key=True, max_length=20)
    used: int
    limit: int
    blocked_until: datetime | None = None
    """WeChat itself said that there is no more, whatever we counted."""
