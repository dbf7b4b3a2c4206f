"""The worker or server that computes: how it is started and spoken to, and tasks in processes of their own."""
