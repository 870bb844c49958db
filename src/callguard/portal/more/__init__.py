"""The list of all that is not on the bar: people, notices, consent, help …"""
