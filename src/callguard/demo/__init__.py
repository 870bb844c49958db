"""A home to try things out in: a real Asterisk, SIPp as callers and telephone, six sample calls."""
