"""What all pages share: their frame, the parts of forms, the pages for faults."""
