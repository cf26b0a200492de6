"""SFTP with trading partners: fetching what they leave for us, leaving what we owe them. Import the modules; this file stays light."""
