"""What the advisory board says to a programme, and what the Jobcenter answers. Source: § 18d SGB II."""
