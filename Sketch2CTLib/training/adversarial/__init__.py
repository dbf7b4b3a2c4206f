"""Tasks whose network learns against a critic: the sharpener of layouts and the painter of scans."""
