from demo.stories import (
    assigned,
    closed,
    conversations,
    done_lately,
    done_long_ago,
    done_often,
    open_busy,
    open_changed,
    open_quiet,
    reopened,
)
from demo.story import Story

STORIES: tuple[Story, ...] = (
    *open_quiet.STORIES,
    *open_busy.STORIES,
    *open_changed.STORIES,
    *reopened.STORIES,
    *assigned.STORIES,
    *conversations.STORIES,
    *done_lately.STORIES,
    *done_long_ago.STORIES,
    *done_often.STORIES,
    *closed.STORIES,
)
