"""The demo town: its people, their cleanings, and what happened to each. `manage.py seed_demo` plays it."""
