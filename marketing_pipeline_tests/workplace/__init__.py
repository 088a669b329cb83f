"""What people and runs do in one installation."""
