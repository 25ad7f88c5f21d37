"""What the bot can do, one file a feature. Importing this package registers every skill."""

from bot.skills import conversation, human, kinds, menus, policies, smalltalk, welcome

__all__ = ["conversation", "human", "kinds", "menus", "policies", "smalltalk", "welcome"]
