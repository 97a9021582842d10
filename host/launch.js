'use strict'

// Starts the program of this action with a Python of the machine. Python does the rest:
// environment.py checks a Python and installs the packages, entrypoint.py is the program.

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const WINDOWS = process.platform === 'win32'
const ENVIRONMENT = path.join(__dirname, 'environment.py')
const ENTRYPOINT = path.join(__dirname, '..', 'entrypoint.py')
// Isolated mode ignores variables and folders of the job; output is UTF-8 on any code page.
// Bytecode is only kept for this job, in a folder that no other job can write to.
const { RUNNER_TEMP } = process.env
const BYTECODE = RUNNER_TEMP ? ['-X', `pycache_prefix=${path.join(RUNNER_TEMP, 'sentry-release-bytecode')}`] : ['-B']
const ISOLATED = ['-I', '-X', 'utf8', ...BYTECODE]
const READY = 0, MISTAKE = 2, OUTAGE = 5, CANCELLED = 130
// Exit codes of environment.py, and the exit code of the stage then. Any other code means that
// this Python is not supported.
const EXIT_CODES = { 0: READY, 5: OUTAGE, 6: MISTAKE, 130: CANCELLED }

let child
let cancelled = false

/** Returns whether a folder is in the workspace, whose programs may be those of a fork. */
function isInWorkspace(folder) {
  const { GITHUB_WORKSPACE: workspace } = process.env
  const [from, to] = [workspace ?? '', folder].map(one => fs.existsSync(one) ? fs.realpathSync(one) : one)
  const relative = path.relative(from, to)
  return Boolean(from) && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative)
}

/** Returns the PATH without the folders of the workspace. */
function safePath() {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  return folders.filter(one => path.isAbsolute(one) && !isInWorkspace(one)).join(path.delimiter)
}

/** Returns the commands to try as Python, the job's own choice first. */
function pythons() {
  const within = folder => [WINDOWS ? path.join(folder, 'python.exe') : path.join(folder, 'bin', 'python3')]
  const { pythonLocation } = process.env // set by actions/setup-python
  const chosen = pythonLocation && !isInWorkspace(pythonLocation) && pythonLocation
  const { STATE_BASE: base } = process.env // from the main step; later steps may have changed the PATH
  return [
    ...(base ? [[base]] : []),
    ...(chosen ? [within(chosen)] : []),
    ['python3'],
    ['python'],
    ...(WINDOWS ? [['py', '-3']] : []),
    ...toolCache().map(within),
  ]
}

/** Returns the folders of the Pythons in the tool cache, the newest first. */
function toolCache() {
  const { RUNNER_TOOL_CACHE: cache, RUNNER_ARCH: processor = process.arch } = process.env
  const folder = cache && path.join(cache, 'Python')
  const found = folder && fs.existsSync(folder) ? fs.readdirSync(folder) : []
  return found
    .filter(name => /^3\.\d+\.\d+$/.test(name))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
    .map(version => path.join(folder, version, processor.toLowerCase()))
}

/** Passes a cancellation to the running program, and starts no other one. */
function forwardCancellation() {
  for (const signal of ['SIGINT', 'SIGTERM', ...(WINDOWS ? ['SIGBREAK'] : [])]) {
    process.on(signal, () => {
      cancelled = true
      // On Windows the console notifies all of its programs itself, and kill() would end them at once.
      if (!WINDOWS) child?.kill(signal)
    })
  }
}

/** Runs a program; resolves to its exit code and output. */
function run([program, ...words], options) {
  child = spawn(program, words, options)
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', text => { output += text })
  return new Promise(resolve => {
    const ended = (code, signal) => {
      resolve({ code: code ?? 128 + os.constants.signals[signal], output: output.trim() })
    }
    child.on('error', () => ended(127)) // no such program
    child.on('close', ended)
  })
}

/** Finds a Python with the packages; none if the job should continue without the action. */
async function findPython(stage) {
  // Not in the workspace: Windows looks for programs in the current folder first.
  const env = { ...process.env, PATH: safePath() }
  const options = { cwd: __dirname, env, stdio: ['ignore', 'pipe', 'inherit'] }
  for (const python of pythons()) {
    const { code, output } = await run([...python, ...ISOLATED, ENVIRONMENT, stage], options)
    if (cancelled) return { code: CANCELLED }
    const [ready, base] = output.split(/\r?\n/)
    if (code in EXIT_CODES) return { code: EXIT_CODES[code], python: ready, base }
  }
  const level = stage === 'post' ? 'warning' : 'error'
  console.log(`::${level} title=Sentry release: the machine::` + [
    'No CPython 3.11 to 3.14 with pip was found on this machine.',
    'Searched, outside of the workspace: $pythonLocation, python3, python and py, and the tool cache.',
    "Add `- {uses: actions/setup-python@v6, with: {python-version: '3.13'}}` before this step.",
  ].join('%0A'))
  return { code: level === 'error' ? MISTAKE : 0 }
}

/** Saves state for the post step; returns false and prints an error if GITHUB_STATE cannot be written. */
function saveState(values) {
  try {
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}${os.EOL}`)
    fs.appendFileSync(process.env.GITHUB_STATE, lines.join(''))
    return true
  } catch (error) {
    console.log('::error title=Sentry release: the machine::' + [
      `GITHUB_STATE cannot be written: ${error.code}.`,
      'The post step reads its state from this file.',
      'Free disk space on the runner, and give the user of this step write access to that file.',
    ].join('%0A'))
    process.exitCode = MISTAKE
    return false
  }
}

/** Runs `main` or `post` of the root action, or a sub-action; exits with the code of the program. */
async function launch(stage) {
  const isPost = stage === 'post'
  forwardCancellation() // before the first child process
  if (isPost && !process.env.STATE_PYTHON) return // the main step failed earlier and reported why
  let { code, python, base } = await findPython(stage)
  if (code === READY && python) {
    if (!isPost && !saveState({ PYTHON: python, BASE: base })) return
    const program = [python, ...ISOLATED, '-u', ENTRYPOINT, stage]
    code = (await run(program, { stdio: ['ignore', 'inherit', 'inherit'] })).code
  }
  process.exitCode = code
}

module.exports = { launch }
