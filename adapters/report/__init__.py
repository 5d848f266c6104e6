"""Write what a run brought: tables, a summary, and one HTML page that needs nothing else."""
