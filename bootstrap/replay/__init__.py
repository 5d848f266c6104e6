"""Run the whole price history through the application, and write down what came of it."""
