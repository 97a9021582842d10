'use strict'

// Starts the program of this action with a Python of the machine. All else is Python's work:
// environment.py judges a Python and sees to its packages, entrypoint.py is the program.

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const WINDOWS = process.platform === 'win32'
const ENVIRONMENT = path.join(__dirname, 'environment.py')
const ENTRYPOINT = path.join(__dirname, '..', 'entrypoint.py')
// No variable and no folder of the job changes what Python does, and consoles of any code page get UTF-8.
// Bytecode is kept for this job alone, where no other job could have put it.
const { RUNNER_TEMP } = process.env
const BYTECODE = RUNNER_TEMP ? ['-X', `pycache_prefix=${path.join(RUNNER_TEMP, 'sentry-release-bytecode')}`] : ['-B']
const ISOLATED = ['-I', '-X', 'utf8', ...BYTECODE]
const READY = 0, MISTAKE = 2, OUTAGE = 5, CANCELLED = 130
// What environment.py ends with when it has judged, and how the stage ends then; with anything
// else it was no Python for us.
const JUDGED = { 0: READY, 5: OUTAGE, 6: MISTAKE, 130: CANCELLED }

let child
let cancelled = false

/** What there may be to call Python by, the job's own choice first. */
function pythons() {
  const within = folder => [WINDOWS ? path.join(folder, 'python.exe') : path.join(folder, 'bin', 'python3')]
  const chosen = process.env.pythonLocation // set by actions/setup-python
  const { STATE_BASE: base } = process.env // of main: whatever later steps have put on the PATH
  return [
    ...(base ? [[base]] : []),
    ...(chosen ? [within(chosen)] : []),
    ['python3'],
    ['python'],
    ...(WINDOWS ? [['py', '-3']] : []),
    ...toolCache().map(within),
  ]
}

/** The folders of the runner's own Pythons, the newest first. */
function toolCache() {
  const { RUNNER_TOOL_CACHE: cache, RUNNER_ARCH: processor = process.arch } = process.env
  const folder = cache && path.join(cache, 'Python')
  const found = folder && fs.existsSync(folder) ? fs.readdirSync(folder) : []
  return found
    .filter(name => /^3\.\d+\.\d+$/.test(name))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map(version => path.join(folder, version, processor.toLowerCase()))
}

/** Lets what cancels us cancel the program that runs, and start no other. */
function heedCancellation() {
  for (const signal of ['SIGINT', 'SIGTERM', ...(WINDOWS ? ['SIGBREAK'] : [])]) {
    process.on(signal, () => {
      cancelled = true
      // On Windows the console tells all of its programs itself, and kill() would leave no time to end.
      if (!WINDOWS) child?.kill(signal)
    })
  }
}

/** Runs a program to its end. */
function run([program, ...words], options) {
  child = spawn(program, words, options)
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', text => { said += text })
  return new Promise(resolve => {
    const ended = (code, signal) => {
      resolve({ code: code ?? 128 + os.constants.signals[signal], said: said.trim() })
    }
    child.on('error', () => ended(127)) // there is no such program
    child.on('close', ended)
  })
}

/** A Python that has our packages; none where that was said to be no reason to fail. */
async function readied(stage) {
  // Not in the workspace: Windows looks for programs in the current folder first.
  const options = { cwd: __dirname, stdio: ['ignore', 'pipe', 'inherit'] }
  for (const python of pythons()) {
    const { code, said } = await run([...python, ...ISOLATED, ENVIRONMENT, stage], options)
    if (cancelled) return { code: CANCELLED }
    const [ready, base] = said.split(/\r?\n/)
    if (code in JUDGED) return { code: JUDGED[code], python: ready, base }
  }
  const level = stage === 'post' ? 'warning' : 'error'
  console.log(`::${level} title=Sentry release: the machine::` + [
    'There is no CPython 3.11 to 3.14 with pip on this machine.',
    'It was looked for in $pythonLocation, as python3, python and py, and in the tool cache.',
    "Put `- {uses: actions/setup-python@v6, with: {python-version: '3.13'}}` before this step.",
  ].join('%0A'))
  return { code: level === 'error' ? MISTAKE : 0 }
}

/** Leaves values to post; false, and an error with a hint, where that cannot be written. */
function leave(values) {
  try {
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}${os.EOL}`)
    fs.appendFileSync(process.env.GITHUB_STATE, lines.join(''))
    return true
  } catch (error) {
    console.log('::error title=Sentry release: the machine::' + [
      `GITHUB_STATE cannot be written: ${error.code}.`,
      'The post step reads from this file what to do after the job.',
      'Free disk space on the runner, and let the user of this step write to that file.',
    ].join('%0A'))
    process.exitCode = MISTAKE
    return false
  }
}

/** Runs a stage of the root action, `main` or `post`, or another action, and ends as the program does. */
async function launch(stage) {
  const isPost = stage === 'post'
  heedCancellation() // before there is anything that could be left behind
  if (isPost && !process.env.STATE_PYTHON) return // the main step did not come so far, and has reported why
  let { code, python, base } = await readied(stage)
  if (code === READY && python) {
    if (!isPost && !leave({ PYTHON: python, BASE: base })) return
    const program = [python, ...ISOLATED, '-u', ENTRYPOINT, stage]
    code = (await run(program, { stdio: ['ignore', 'inherit', 'inherit'] })).code
  }
  process.exitCode = code
}

module.exports = { launch }
