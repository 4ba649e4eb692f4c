"""The annual programme: what it holds, how it is changed, checked, frozen and exchanged."""
