"""What the site costs under load: fills databases, asks for pages, and writes a table. Started by `script/bench`."""
