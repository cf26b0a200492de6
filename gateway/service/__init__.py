"""The gateway's HTTP face: partners, the hub and administrators, each on a surface of their own."""
