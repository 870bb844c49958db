"""Bursts of calls (アポ電)."""
