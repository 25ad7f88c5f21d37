"""就业帮扶车间: small works near people's homes, as the bureau lists them."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class Workshop(SQLModel, table=True):
    """One workshop. Empty text and null mean that the bureau has not said."""

    id: int = Field(default=None, primary_key=True)
    external_id: str = Field(max_length=60, unique=True)
    """The sender's own key, or township and name: importing it again changes this row."""
    name: str = Field(max_length=60)
    township: str = Field(default="", max_length=20)
    """By its short name: 岩脚."""
    address: str = Field(default="", max_length=120)
    latitude: float | None = None
    longitude: float | None = None
    employer: str = Field(default="", max_length=60)
    trades: str = Field(default="", max_length=100)
    """What is made or done there, joined by 、."""
    headcount: int | None = None
    """People who work there."""
    pay: str = Field(default="", max_length=60)
    """In words."""
    contact: str = Field(default="", max_length=40)
    phone: str = Field(default="", max_length=60)
    description: str = Field(default="", max_length=200)
    active: bool = True
    is_example: bool = False
    """示例: made up for the demo."""
    created_at: datetime
