import secrets
from uuid import UUID


def random_key() -> UUID:
    """128 random bits; uuid4 spends six of its own on version and variant."""
    return UUID(bytes=secrets.token_bytes(16))
