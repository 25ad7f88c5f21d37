"""Readers of facts that stand in a sentence: days, people, pay, ages, how long something lasted."""
