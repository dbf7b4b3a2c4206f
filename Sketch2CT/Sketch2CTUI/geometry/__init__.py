"""The numbers and words of a body, as text and as rows."""
