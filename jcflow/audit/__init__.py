"""The trail: who changed what, when, in which role and why, in one hash chain per Jobcenter."""
