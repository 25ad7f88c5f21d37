"""Facts read from what people write: each reader finds one kind, and where in the text it stands."""
