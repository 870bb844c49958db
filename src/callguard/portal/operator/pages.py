"""The pages of the carrier's staff."""

from . import households, node, onboarding, staff

ROUTES = (*households.ROUTES, *onboarding.ROUTES, *node.ROUTES, *staff.ROUTES)
