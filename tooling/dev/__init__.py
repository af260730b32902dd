"""The inner loop behind ``make dev``: what is saved is checked, and goes live within seconds.

Code goes to the function alone. All else goes through a plan of what differs. Sources that fail a
check are not deployed, and the code of before stays live.
"""
