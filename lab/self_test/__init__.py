"""
Support for self-test.yml: a fake Sentry in the job, and checks of the requests of the action.

    ledger    the requests of a job, written down while they come in
    claims    a claim by name -> what is wrong with the requests, if anything is
    verdict   find the jobs of a run that did not end as expected
    __main__  serve, check and verdict on the command line

The local action `.github/actions/sentry` starts it as a step, and checks the requests after the job's last step.
"""
