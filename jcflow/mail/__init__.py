"""The outbox: what is to be sent, what became of it, and how it reaches a mail server."""
