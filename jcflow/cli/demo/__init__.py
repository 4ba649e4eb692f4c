"""The demo: three real programmes with texts of our own and invented people, at any state of their procedure."""
