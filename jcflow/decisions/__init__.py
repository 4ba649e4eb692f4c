"""How bodies decide: ballots of the carrier assembly, results of council bodies, records. Source: § 44c SGB II."""
