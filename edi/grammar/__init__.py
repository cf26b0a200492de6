"""What a standard says, as data: the model, the loader, the check, the files."""
