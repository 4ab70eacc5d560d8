import secrets
from uuid import UUID


def random_key() -> UUID:
    """128 random bits; of those of uuid4, six are its version."""
    return UUID(bytes=secrets.token_bytes(16))
