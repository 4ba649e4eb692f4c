"""Moving a programme through its procedure. Nothing else writes `Programme.state`."""
