// Checks the requests after the post steps of all later steps, and ends the process of main.js.
"use strict";

const { spawnSync } = require("node:child_process");
const path = require("node:path");

const lab = path.resolve(__dirname, "../../../lab");
const words = ["-m", "self_test", "check", process.env.STATE_folder, process.env.INPUT_EXPECT];
const done = spawnSync("python", words, { cwd: lab, stdio: "inherit" });
process.exitCode = done.status === 0 ? 0 : 1;
try {
  process.kill(Number(process.env.STATE_pid));
} catch (error) {
  if (error.code !== "ESRCH") throw error; // it has ended already, which the judgement has seen
}
