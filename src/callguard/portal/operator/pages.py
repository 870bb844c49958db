"""The pages of the carrier's staff."""

from . import at_risk, households, node, onboarding, staff, subscribers

ROUTES = (
    *households.ROUTES,
    *onboarding.ROUTES,
    *at_risk.ROUTES,
    *subscribers.ROUTES,
    *node.ROUTES,
    *staff.ROUTES,
)
