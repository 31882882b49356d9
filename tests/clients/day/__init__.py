"""The social day, part by part. Each part is a list of steps; a step is a sentence and a function that
takes the `World` and fails with the first thing that is wrong."""
