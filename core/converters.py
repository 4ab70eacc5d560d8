"""The variable parts of our addresses. What does not fit is 404 before any query sees it."""


class IdConverter:
    """A row's number: 1 to 18 digits, which both databases can compare."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class UsernameConverter:
    """A username as `User` allows it."""

    regex = "[A-Za-z0-9_-]{3,30}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
