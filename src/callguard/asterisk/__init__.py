"""Everything that knows Asterisk: AGI, AMI, the question a channel asks and the answer it gets."""
