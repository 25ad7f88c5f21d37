"""What the bot can do, one file a feature. Importing this package registers every skill."""

from bot.skills import (
    benefits,
    conversation,
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
)

__all__ = [
    "benefits",
    "conversation",
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
]
