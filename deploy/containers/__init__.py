"""The one-shot containers before the services: secrets for each service, and provisioning."""
