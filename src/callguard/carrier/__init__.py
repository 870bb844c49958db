"""An exchange: its file, its edges (Kamailio), its nodes (an Asterisk and a callguard each)."""
