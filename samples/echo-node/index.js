// An agent that answers every call with what it was asked. Node's own modules are all it needs.
//
//   /         (and any other path) the call as JSON
//   /stream   five server-sent events, 0.2 s apart
//   /health   {"status": "healthy"}
//
// It reports to StackAgent: `running` when it starts, `success` after each call.

'use strict';

const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

const agentId = process.env.STACKAGENT_AGENT_ID ?? 'echo-node';
const stackAgentUrl = (process.env.STACKAGENT_URL ?? '').replace(/\/+$/, '');
const maxBody = 10 * 1024 * 1024;

// Reports are sent one after the other, beside the answers: a slow or missing server never delays a call.
const reports = [];
let sending = Promise.resolve();

function report(status, message) {
  if (!stackAgentUrl || reports.length >= 100) return;
  reports.push({ agent_id: agentId, session_topic: 'echo', status, message: message.slice(0, 1000) });
  sending = sending.then(sendNext);
}

async function sendNext() {
  try {
    const response = await fetch(`${stackAgentUrl}/webhook/status`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${process.env.STACKAGENT_API_KEY ?? ''}` },
      body: JSON.stringify(reports[0]),
      signal: AbortSignal.timeout(2000),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
  } catch (error) {
    console.error(`Status report not delivered: ${error.cause?.message ?? error.message}`);
  } finally {
    reports.shift();
  }
}

async function readBody(request) {
  const pieces = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > maxBody) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function sendJson(response, status, value) {
  const content = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': content.length });
  response.end(content);
}

async function stream(response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  for (let number = 1; number <= 5 && !response.destroyed; number++) {
    if (number > 1) await sleep(200);
    response.write(`id: ${number}\ndata: ${JSON.stringify({ agent_id: agentId, number })}\n\n`);
  }
  response.end();
}

async function answer(request, response) {
  const [path, ...query] = request.url.split('?');
  const body = await readBody(request);
  if (body === null) {
    response.setHeader('Connection', 'close');
    return sendJson(response, 413, { error: `The body is larger than ${maxBody} bytes.` });
  }

  if (path === '/health') return sendJson(response, 200, { status: 'healthy' });
  if (path === '/stream') await stream(response);
  else sendJson(response, 200, { agent_id: agentId, method: request.method, path, query: query.join('?'), body });
  report('success', `${request.method} ${path}`);
}

const server = http.createServer((request, response) => {
  // A caller that hangs up in the middle is no fault of the agent's.
  answer(request, response).catch(() => response.destroy());
});

server.listen(Number(process.env.PORT ?? 8000), process.env.HOST ?? '0.0.0.0', () => {
  console.log(`${agentId} listens on port ${server.address().port}`);
  report('running', 'started');
});

process.on('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  // Calls under way and reports get a moment to end, no more.
  Promise.race([Promise.all([new Promise((done) => server.once('close', done)), sending]), sleep(2000)]).then(() => process.exit(0));
});
