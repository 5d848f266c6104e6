"""Try the engines of GPUs where there is one: `python -m tests.gpu`."""
