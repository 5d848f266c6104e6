"""Answer what is asked of models, in our own words and in those of the Open Inference Protocol."""
