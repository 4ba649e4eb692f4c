"""The identities of a programme's figures: what must be equal to what, by which law, within which tolerance."""
