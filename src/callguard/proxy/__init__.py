"""Verdicts for a SIP proxy: what it asks over HTTP, and the SIP answer that it is to give."""
