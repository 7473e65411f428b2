"""The dashboard and alerts for operators, and the configuration of Prometheus."""
