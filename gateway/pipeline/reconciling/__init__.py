"""Whether partners, gateway and hub have the same: each flow of each day is compared; what differs is an alarm as long as it does."""
