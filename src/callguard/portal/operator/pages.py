"""The pages of the carrier's staff."""

from . import node, staff

ROUTES = (*node.ROUTES, *staff.ROUTES)
