"""What operators look at: the dashboard, the alerts, and where Prometheus finds the processes."""
