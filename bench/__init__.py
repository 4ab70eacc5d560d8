"""How fast the site is under load: fills databases, requests pages and writes a report. Run by `script/bench`."""
