// orders: a sample in JavaScript, for Node alone. It does what a container must do: docs/add-a-service.md.
//
//     GET PATH_PREFIX/...     this service and the rest of the path
//     GET PATH_PREFIX/fetch   the message of the service at SERVICE_URL
//     GET /health             200, or 503 while it drains
"use strict";

const http = require("node:http");

const { PORT = "8080", HOST = "0.0.0.0", PATH_PREFIX = "", SERVICE_URL, DRAIN_SECONDS = "5" } = process.env;
// Longer than any idle timeout of a load balancer, which otherwise may use a connection that was just closed.
const KEEP_ALIVE_MS = 4_060_000;
const FETCH_MS = 10_000;

let draining = false;

function answer(request, response, status, body) {
  response.statusCode = status;
  response.setHeader("Content-Type", "application/json");
  // Otherwise callers would keep using their connections until the process ends.
  if (draining) response.setHeader("Connection", "close");
  response.end(JSON.stringify(body) + "\n");
  log({ event: "request", method: request.method, path: request.url.split("?")[0], status });
}

async function answerFetch(request, response) {
  try {
    const other = await fetch(SERVICE_URL, { signal: AbortSignal.timeout(FETCH_MS) });
    if (!other.ok) throw new Error(`status ${other.status}`);
    answer(request, response, 200, { service: "orders", response: (await other.json()).msg });
  } catch (error) {
    answer(request, response, 502, { status: 502, detail: `${SERVICE_URL}: ${error.message}` });
  }
}

function handle(request, response) {
  const path = request.url.split("?")[0];
  const rest = path.startsWith(PATH_PREFIX) ? path.slice(PATH_PREFIX.length) : undefined;
  if (path === "/health" || rest === "/health") {
    return answer(request, response, draining ? 503 : 200, { status: draining ? "draining" : "ok" });
  }
  if (rest === undefined || (rest !== "" && !rest.startsWith("/"))) {
    return answer(request, response, 404, { status: 404, detail: `no path ${path}` });
  }
  if (rest === "/fetch" && SERVICE_URL !== undefined) return answerFetch(request, response);
  return answer(request, response, 200, { service: "orders", path: rest });
}

function log(fields) {
  console.log(JSON.stringify({ time: new Date().toISOString(), service: "orders", ...fields }));
}

function end() {
  log({ event: "ended" });
  process.exit(0);
}

const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);
server.listen(Number(PORT), HOST, () => log({ event: `listening on ${HOST} port ${PORT}` }));

process.once("SIGTERM", () => {
  draining = true;
  // `close` ends idle connections, and calls back when no request is open.
  setTimeout(() => server.close(end), Number(DRAIN_SECONDS) * 1000);
});
