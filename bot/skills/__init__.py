"""What the bot can do, one file a feature. Importing this package registers every skill."""

from bot.skills import policies, smalltalk

__all__ = ["policies", "smalltalk"]
