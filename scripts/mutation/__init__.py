"""
Mutation testing: change one operator or constant at a time, and see whether a test fails.

`mutants` lists the changes (by cosmic-ray), `called_functions` records which tests call which
function, `test_server` runs tests in forked processes, `results` keeps and renders the results.
"""
