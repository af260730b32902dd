// Against a deployed API: `python -m pytest tests/integration/test_typescript_client.py`.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Client,
  ExactNumber,
  FailedError,
  ProblemError,
  stringifyJson,
  type LiveNotification,
  type components,
} from "../src/index.js";

const { API_URL = "", API_TOKEN = "", API_TENANT = "", API_APPROVAL = "" } = process.env;
const skip = API_URL === "" ? "needs a deployed API" : false;

interface Airport {
  country?: string | null;
  latitude?: number | null;
  longitude?: number | null;
  runways?: number;
}

const client = new Client<{ AIRPORT: Airport; NOTE: components["schemas"]["Item"]["attributes"] }>({
  baseUrl: API_URL || "http://localhost",
  tenant: API_TENANT,
  token: () => API_TOKEN,
  retries: { baseMs: 50 },
});
const airports = client.items("AIRPORT");
const KIX = { name: "Kansai", attributes: { country: "Japan", latitude: 34.4, longitude: 135.2 } };

test("an item is published, applied and read", { skip }, async () => {
  const put = await airports.create("KIX", KIX);
  assert.deepEqual([put.status, put.etag, put.data.changed], [202, '"1"', true]);
  const command = await client.applied(put);
  assert.deepEqual([command.status, command.version], ["FINISHED", 1]);
  const item = await airports.get("KIX");
  assert.deepEqual([item.name, item.attributes, item.version], [KIX.name, KIX.attributes, 1]);
  const { etag } = put;
  const known = await client.operations.getItem({
    path: { type: "AIRPORT", id: "KIX" },
    headers: { "If-None-Match": etag ?? "" },
  });
  assert.deepEqual([known.status, known.data], [304, undefined]);
});

test("a change builds on the version that was read", { skip }, async () => {
  const first = await airports.put("ITM", KIX, { sync: true });
  assert.equal(first.status, 201);
  const item = await airports.get("ITM");
  await airports.patch("ITM", { attributes: { runways: 2 } }, { on: item, sync: true });
  await assert.rejects(
    airports.patch("ITM", { attributes: { runways: 3 } }, { on: item }),
    (error: ProblemError) => {
      assert.ok(error instanceof ProblemError);
      assert.deepEqual([error.status, error.is("version-conflict"), error.currentVersion], [412, true, 2]);
      return true;
    },
  );
  const bump = () =>
    airports.update("ITM", ({ attributes: { runways = 0 } }) => ({ attributes: { runways: runways + 1 } }), {
      attempts: 20,
    });
  const answers = await Promise.all([bump(), bump()]);
  const newest = Math.max(...answers.map(({ data }) => data.version));
  await client.applied(`/v1/tenants/${API_TENANT}/items/AIRPORT/ITM/commands/${newest}`);
  assert.equal((await airports.get("ITM")).attributes.runways, 4);
});

test("a request with a key of its own is done once", { skip }, async () => {
  const given = {
    path: { type: "AIRPORT", id: "UKB" },
    body: KIX,
    headers: { "Idempotency-Key": globalThis.crypto.randomUUID() },
  };
  const answers = [await client.operations.putItem(given), await client.operations.putItem(given)];
  assert.deepEqual(answers.map(({ status, etag }) => [status, etag]), [[202, '"1"'], [202, '"1"']]);
});

test("a request that does not fit tells each fault", { skip }, async () => {
  const wrong = { name: 1, nmae: "x" } as unknown as { name: string };
  await assert.rejects(airports.put("KIX", wrong), (error: ProblemError) => {
    assert.deepEqual([error.status, error.is("body")], [400, true]);
    assert.deepEqual(error.errors.map(({ pointer }) => pointer).sort(), ["#/name", "#/nmae"]);
    return true;
  });
  await assert.rejects(airports.get("NONE"), { status: 404, type: "urn:cqrs:problem:not-found" });
});

test("numbers and ids keep what they are", { skip }, async () => {
  const notes = client.items("NOTE");
  const digits = new ExactNumber("12345678901234567890.123456789012345678");
  for (const id of ["a/b?c%d~e\\f", "~x", "雨 #1"]) {
    await notes.put(id, { attributes: { digits, ["__proto__"]: [1] } }, { sync: true });
    const { attributes } = await notes.get(id);
    assert.equal(stringifyJson(attributes), `{"digits":${digits},"__proto__":[1]}`);
  }
});

test("lists go on over their pages", { skip }, async () => {
  const ids = ["A", "B", "C", "D", "E"];
  await Promise.all(ids.map((id) => client.items("NOTE").put(`list-${id}`, {}, { sync: true })));
  const found: string[] = [];
  for await (const item of client.items("NOTE").list({ limit: 2 })) found.push(item.id);
  assert.deepEqual(found.filter((id) => id.startsWith("list-")), ids.map((id) => `list-${id}`));
  const sizes: number[] = [];
  for await (const page of client.pages("listItems", { path: { type: "NOTE" }, query: { limit: 2 } })) {
    sizes.push(page.items.length);
  }
  assert.ok(sizes.length > 2 && sizes.every((size) => size <= 2));
  await client.items("NOTE").put("list-A", { name: "two" }, { sync: true });
  const states: (string | number)[] = [];
  for await (const state of client.items("NOTE").history("list-A")) states.push(state.version);
  assert.deepEqual(states, [1]);
});

test("a task is followed to its end", { skip }, async () => {
  await airports.put("HND", { ...KIX, name: "Haneda" }, { sync: true });
  const origins = ["HND", "HND"].map((origin) => ({ origin }));
  const made = await client.operations.createTask({ body: { type: "route_distances", items: origins } });
  const task = await client.ended(made);
  assert.deepEqual([task.status, task.counters?.["succeeded"]], ["COMPLETED", 2]);
  let number = 0;
  for await (const sub of client.each("listSubTasks", { path: { id: made.data.id } })) {
    assert.equal(sub.kind, "SUB_TASK");
    number += 1;
  }
  assert.equal(number, 2);
  const failing = await client.operations.createTask({
    body: { type: "route_distances", input: { origin: "NONE" } },
  });
  await assert.rejects(client.ended(failing), (error: FailedError<{ status: string }>) => {
    return error instanceof FailedError && error.ended.status === "FAILED";
  });
});

test("a file is uploaded and imported", { skip }, async () => {
  const content = "iata,name,city,state,country,latitude,longitude\nNGO,Centrair,Tokoname,,Japan,34.9,136.8\nX,,,,,,\n";
  const made = await client.importFile({ target: "airports", name: "空港 1.csv", content, mode: "DIRECT" });
  const job = await client.ended<components["schemas"]["Import"]>(made);
  assert.deepEqual([job.status, job.counts["succeeded"], job.counts["failed"]], ["COMPLETED_WITH_ERRORS", 1, 1]);
  const { data } = await client.operations.listRejectedRows({ path: { id: made.data.id } });
  assert.equal(data.rows.length, 1);
  assert.equal((await airports.get("NGO")).name, "Centrair");
});

test("a request for approval is answered", { skip }, async () => {
  const path = { id: API_APPROVAL };
  const { data } = await client.operations.getApproval({ path });
  assert.equal(data.status, "PENDING");
  const listed: string[] = [];
  for await (const request of client.each("listApprovals", {})) listed.push(request.id);
  assert.deepEqual(listed, [API_APPROVAL]);
  const approved = await client.operations.approve({ path, body: { reason: "As agreed." } });
  assert.equal(approved.data.status, "APPROVED");
  await assert.rejects(client.operations.reject({ path, body: { reason: "no" } }), {
    status: 409,
    type: "urn:cqrs:problem:approval-answered",
  });
});

test("changes are told on the live channel", { skip }, async () => {
  const faults: unknown[] = [];
  const live = client.live({ failed: (fault) => void faults.push(fault) });
  const told = await new Promise<LiveNotification>((resolve, reject) => {
    const signal = AbortSignal.timeout(60_000);
    signal.addEventListener("abort", () => reject(new Error(`nothing was told: ${JSON.stringify(faults)}`)));
    live.follow(
      { actions: ["command-status"], pk: `AIRPORT#${API_TENANT}`, sk_prefix: "AIRPORT#LIVE@" },
      { stale: () => void airports.put("LIVE", KIX), changed: resolve },
    );
  }).finally(() => live.close());
  assert.deepEqual(faults, []);
  assert.equal(told.location, `/v1/tenants/${API_TENANT}/items/AIRPORT/LIVE/commands/1`);
  assert.equal((await client.applied(told.location ?? "")).version, 1);
});
