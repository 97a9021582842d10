"""Everything that leaves the program: files, processes, servers and the Actions runner."""
