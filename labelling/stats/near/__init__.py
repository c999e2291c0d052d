"""Near-duplicates: texts whose 5-grams are mostly the same, and pictures that look alike."""
