# The order matters: browsers and systems also name those that they derive from.
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
    browser = first_match(BROWSERS, user_agent) or "A browser"
    system = first_match(SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def first_match(names: dict[str, str], text: str) -> str:
    return next((name for mark, name in names.items() if mark in text), "")
