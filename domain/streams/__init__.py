"""Judge how well a log's consumers keep up, and when somebody must hear of it."""
