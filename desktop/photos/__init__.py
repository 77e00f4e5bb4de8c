"""Photos in a grid: model, drawing, thumbnails and actions."""
