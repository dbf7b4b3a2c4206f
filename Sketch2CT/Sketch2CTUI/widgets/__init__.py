"""What several panels borrow."""
