"""What tries patterns on past prices is chosen by what is there."""
