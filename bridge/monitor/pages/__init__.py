"""What each page shows, as plain values: no request, no socket, no clock."""
