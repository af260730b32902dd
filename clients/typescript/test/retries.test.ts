import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { Client, ProblemError } from "../src/index.js";
import { pauseMs, RETRIES } from "../src/retries.js";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const OK = JSON.stringify({ type: "AIRPORT", id: "KIX", version: 1, changed: true });
const seen: { key: string | undefined; token: string | undefined }[] = [];
let handlers: Handler[] = [];
let baseUrl = "";

const server = createServer((request, response) => {
  seen.push({
    key: request.headers["idempotency-key"] as string | undefined,
    token: request.headers.authorization,
  });
  (handlers.shift() ?? answer(200))(request, response);
});

function answer(status: number, headers: Record<string, string> = {}, body = OK): Handler {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

function client(attempts = 4): Client {
  return new Client({
    baseUrl,
    tenant: "acme",
    token: ({ isRefused }) => (isRefused ? "new" : "old"),
    retries: { attempts, baseMs: 1 },
  });
}

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
beforeEach(() => {
  seen.length = 0;
  handlers = [];
});
after(() => server.close());

test("a change is repeated with its key, after 429, 503, a try under way and a lost connection", async () => {
  handlers = [
    answer(429, {}, '{"message":"Too Many Requests"}'),
    answer(503, { "retry-after": "0" }),
    answer(409, { "retry-after": "0" }),
    (_request, response) => response.destroy(),
  ];
  const put = await client(5).items("AIRPORT").put("KIX", {});
  assert.equal(put.status, 200);
  assert.equal(seen.length, 5);
  assert.equal(new Set(seen.map((one) => one.key)).size, 1);
  assert.match(seen[0]?.key ?? "", /^[0-9a-f-]{36}$/);
});

test("a token whose time is over is renewed after an answer that a page may not read", async () => {
  const claims = Buffer.from(JSON.stringify({ exp: 1 })).toString("base64url");
  const lost: Handler = (_request, response) => response.destroy();
  handlers = [lost];
  const options = { baseUrl, tenant: "acme", retries: { attempts: 2, baseMs: 1 } };
  const old = `a.${claims}.b`;
  await new Client({ ...options, token: ({ isRefused }) => (isRefused ? "new" : old) })
    .items("AIRPORT")
    .put("KIX", {});
  assert.deepEqual(
    seen.map((one) => one.token),
    [`Bearer ${old}`, "Bearer new"],
  );
  handlers = [lost];
  await client(2).items("AIRPORT").put("KIX", {});
  assert.equal(seen.at(-1)?.token, "Bearer old");
});

test("two changes have two keys", async () => {
  await client().items("AIRPORT").put("KIX", {});
  await client().items("AIRPORT").put("KIX", {});
  assert.equal(new Set(seen.map((one) => one.key)).size, 2);
});

test("a read has no key", async () => {
  await client().items("AIRPORT").get("KIX");
  assert.deepEqual(seen, [{ key: undefined, token: "Bearer old" }]);
});

test("other problems are told at once", async () => {
  handlers = [answer(409, {}, '{"type":"urn:cqrs:problem:validation","detail":"no"}')];
  await assert.rejects(client().items("AIRPORT").put("KIX", {}), (error: ProblemError) => {
    assert.deepEqual([error.status, error.detail, error.is("validation")], [409, "no", true]);
    return true;
  });
  assert.equal(seen.length, 1);
});

test("it gives up after its attempts", async () => {
  const busy = answer(503, {}, '{"message":"Service Unavailable"}');
  handlers = [busy, busy, busy];
  await assert.rejects(client(3).items("AIRPORT").get("KIX"), (error: ProblemError) => {
    assert.deepEqual([error.status, error.type, error.detail], [503, "about:blank", "Service Unavailable"]);
    return true;
  });
  assert.equal(seen.length, 3);
});

test("a token that is refused is asked for again, once", async () => {
  const refused = answer(401, {}, '{"message":"Unauthorized"}');
  handlers = [refused];
  await client().items("AIRPORT").get("KIX");
  assert.deepEqual(seen.map((one) => one.token), ["Bearer old", "Bearer new"]);
  handlers = [refused, refused];
  await assert.rejects(client().items("AIRPORT").get("KIX"), { status: 401 });
});

test("a signal ends a pause", async () => {
  handlers = [answer(503, { "retry-after": "3600" })];
  const ending = AbortSignal.timeout(50);
  await assert.rejects(client().items("AIRPORT").get("KIX", { signal: ending }), { name: "TimeoutError" });
});

test("pauses double, are random, and come after what the API asks for", () => {
  const options = { ...RETRIES, baseMs: 100, longestMs: 1000 };
  const longest = [1, 2, 3, 4, 5, 9].map((tried) => pauseMs(tried, options, null, () => 1));
  assert.deepEqual(longest, [100, 200, 400, 800, 1000, 1000]);
  assert.equal(pauseMs(3, options, null, () => 0), 0);
  assert.equal(pauseMs(1, options, "2", () => 0.5), 2050);
  const date = new Date(Date.now() + 60_000).toUTCString();
  assert.ok(pauseMs(1, options, date, () => 0) > 50_000);
  assert.equal(pauseMs(1, options, "soon", () => 0), 0);
});
