"""What strangers send, thrown at whatever reads it: `script/fuzz NAME`."""
