"""What the texts of a programme say beside its figures: references to them, and what cannot be right."""
