"""Say what a run over past prices is asked for, what it brought, and its figures."""
