"""Tests of what a SIP proxy asks and is told."""
