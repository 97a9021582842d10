"""Rules of the doctor: what is wrong, why, how to fix it, and the function that finds it."""
