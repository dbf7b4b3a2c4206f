"""Text → numbers and words, without a network: `parse.parse_text` and what it is made of."""
