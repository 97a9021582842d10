// Starts lab/self_test in the background, and hands its address to the steps of the job.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const PATIENCE = 30_000; // milliseconds
const lab = path.resolve(__dirname, "../../../lab");
const folder = fs.mkdtempSync(path.join(process.env.RUNNER_TEMP, "sentry-"));
const log = path.join(folder, "log");
const out = fs.openSync(log, "a");

const server = spawn("python", ["-m", "self_test", "serve", folder, process.env.INPUT_HOST], {
  cwd: lab,
  detached: true, // it outlives this step
  stdio: ["ignore", out, out],
  windowsHide: true,
});
server.on("error", (error) => fs.writeSync(out, `${error}\n`));
server.unref();
fs.appendFileSync(process.env.GITHUB_STATE, `folder=${folder}\npid=${server.pid}\n`);

const deadline = Date.now() + PATIENCE;
(function wait() {
  const exports = path.join(folder, "exports");
  if (fs.existsSync(exports)) {
    fs.appendFileSync(process.env.GITHUB_ENV, fs.readFileSync(exports));
  } else if (Date.now() < deadline && server.exitCode === null) {
    setTimeout(wait, 50);
  } else {
    console.log(`::error::Sentry's stand-in did not start.\n${fs.readFileSync(log)}`);
    process.exitCode = 1;
  }
})();
