"""What clients that can't be run here send, and what they read out of the answers: one file each."""
