"""Invents units, people, classes and pupils as plain values; knows no database."""
