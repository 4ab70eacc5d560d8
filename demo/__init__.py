"""People and jobs for a site that has none: `manage.py seed_demo` loads them."""
