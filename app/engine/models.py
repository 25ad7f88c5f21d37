"""Who carries out orders."""

from sqlmodel import Field, SQLModel


class Executor(SQLModel, table=True):
    """A process that carries out orders, or did until it died: then any other takes over what it had begun."""

    id: str = Field(primary_key=True, max_length=60)
    host: str = Field(max_length=100)
    pid: int
    beat_at: int
    """Machine's clock, seconds since 1970. Only a hint: whether it lives, its lock tells."""
