"""The formats that agencies speak: one file each, the file name is the format's name. They import only ``bridge``'s public face."""
