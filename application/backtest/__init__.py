"""Play past prices through the application, day by day."""
