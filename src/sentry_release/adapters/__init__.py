"""All input and output of the program: files, processes, servers and the Actions runner."""
