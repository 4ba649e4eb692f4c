"""Copies of the whole database: made with what each database brings along for it, put back all or nothing."""
