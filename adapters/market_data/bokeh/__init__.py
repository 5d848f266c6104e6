"""Read the daily prices that ship with bokeh_sampledata."""
