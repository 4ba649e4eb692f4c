"""Jobcenters, the people in them, what roles they hold on which day, and how they sign in."""
