"""One's own account: name, language, passkeys, password, second factor, devices signed in."""
