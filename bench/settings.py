"""The settings of production, with two more pages."""

import os

from marketplace.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
STATIC_ROOT = os.environ["BENCH_STATIC"]
