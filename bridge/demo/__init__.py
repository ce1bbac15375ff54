"""A plant fire at a city border, played by two hubs; and real files through one."""
