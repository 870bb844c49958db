"""Tokens for programs: who has one, what it may do; issue one, revoke one."""
