"""What the bot can do, one file a feature. Importing this package registers every skill."""

from bot.skills import (
    benefits,
    conversation,
    events,
    forms,
    human,
    job_wishes,
    jobs,
    kinds,
    menus,
    people,
    policies,
    smalltalk,
    welcome,
    workshops,
)

__all__ = [
    "benefits",
    "conversation",
    "events",
    "forms",
    "human",
    "job_wishes",
    "jobs",
    "kinds",
    "menus",
    "people",
    "policies",
    "smalltalk",
    "welcome",
    "workshops",
]
