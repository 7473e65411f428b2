"""What containers need beside the images: the secrets of an installation, made once and handed out by service."""
