from django import template

from cleanings.lines import lines_of

register = template.Library()
register.simple_tag(lines_of, name="timeline_lines")
