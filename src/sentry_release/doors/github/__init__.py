"""
The door to GitHub.

    api           the questions we ask of one repository
    deployments   what the jobs of a run have deployed
    environments  which environment a job belongs to
    history       the commits of a range, and how its two ends are related
    files         what each commit did to which file
    client        PyGithub, imported when it is first needed; its failures in our words
"""
