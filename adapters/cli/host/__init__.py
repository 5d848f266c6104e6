"""The commands of whoever stands at an installation's host: they work through its use cases.

What they need of the installation is handed to them (`reach.py`). Each file but that one is a
group of commands, as those beside this folder are.
"""
