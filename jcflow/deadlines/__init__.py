"""Deadlines as the Gremienbüro handles them: moved with a reason, and planned backwards from a resolution."""
