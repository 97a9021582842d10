"""
Random schedules of faults against whole jobs, each of them replayed by its seed.

`schedule` draws what happens, `weather` and `turns` carry it out, `jobs` plays the stages,
`claims` compares the server with what users were told.
"""
