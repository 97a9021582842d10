"""
What self-test.yml needs: a Sentry in the job, and a judgement of what the action asked of it.

    ledger    the requests of a job, written down while they come in
    claims    a claim by name -> what is wrong with the requests, if anything is
    verdict   the jobs of a run as GitHub tells them -> those that did not end as they should
    __main__  serve, check and verdict on the command line

The local action `.github/actions/sentry` starts it as a step, and judges after the job's last one.
"""
