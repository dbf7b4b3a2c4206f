"""The volume stage: scans from masks, neighbours as context, borders and fields of view, checks against real scans."""
