"""Which browser somebody uses, in words that they would use themselves."""

# The first that fits: browsers name their forebears too, and systems those that they are built on.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "CrOS": "a Chromebook",
    "Windows": "Windows",
    "Mac OS X": "a Mac",
    "Linux": "Linux",
}


def describe_browser(user_agent: str) -> str:
    """Words like "Firefox on Linux" for what a browser says of itself; nothing of that is to be relied on."""
    browser = first_match(BROWSERS, user_agent) or "A browser"
    system = first_match(SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def first_match(names: dict[str, str], text: str) -> str:
    return next((name for mark, name in names.items() if mark in text), "")
