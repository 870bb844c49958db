"""The containers, built, started and called: ``script/containers`` runs it, not the suite."""
