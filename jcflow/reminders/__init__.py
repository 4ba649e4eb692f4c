"""What people are written to about their tasks: when something is due, and in which words."""
