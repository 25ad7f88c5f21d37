"""雁路 (Yanlu): the service behind a county human-resources bureau's WeChat account."""
