// placeholder, replaced with the first real file
