// BullMQ for Node.js, as a TypeScript host and its workers use it. Found through NODE_PATH.
// `take URL PREFIX COUNT QUEUE…` does that many jobs and prints each; `add URL PREFIX QUEUE JOBS` adds jobs, as JSON.
"use strict";

const { Queue, Worker } = require("bullmq");

const [mode, url, prefix, ...rest] = process.argv.slice(2);
const options = { connection: { url }, prefix };

async function print({ queueName, id, name, data }) {
  process.stdout.write(JSON.stringify({ queue: queueName, id, name, data }) + "\n");
}

async function take(count, ...queues) {
  const workers = queues.map((name) => new Worker(name, print, options));
  await new Promise((resolve) => {
    for (const worker of workers) worker.on("completed", () => --count || resolve());
  });
  await Promise.all(workers.map((worker) => worker.close()));
}

async function add(name, jobs) {
  const queue = new Queue(name, options);
  await queue.addBulk(JSON.parse(jobs).map(({ id, name, data }) => ({ name, data, opts: { jobId: id } })));
  await queue.close();
}

({ take, add })[mode](...rest);
