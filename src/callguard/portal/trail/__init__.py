"""The audit trail of a household: who did what, when and from where."""
