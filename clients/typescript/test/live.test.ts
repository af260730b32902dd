import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { LiveChannel, type LiveNotification } from "../src/index.js";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A connection as the server of RFC 6455 has it, for texts of less than 126 bytes. */
class Peer {
  readonly heard: Record<string, unknown>[] = [];
  constructor(readonly socket: Socket) {
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", () => undefined);
  }
  say(message: object): void {
    const text = Buffer.from(JSON.stringify(message));
    const size = text.length < 126 ? [text.length] : [126, text.length >> 8, text.length & 255];
    this.socket.write(Buffer.concat([Buffer.from([0x81, ...size]), text]));
  }
  #read(bytes: Buffer): void {
    for (let at = 0; at + 6 <= bytes.length; ) {
      const [first = 0, second = 0] = bytes.subarray(at);
      const size = second & 127;
      const mask = bytes.subarray(at + 2, at + 6);
      const text = bytes.subarray(at + 6, at + 6 + size).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
      if ((first & 15) === 1) this.heard.push(JSON.parse(Buffer.from(text).toString()) as never);
      if ((first & 15) === 8) this.socket.end();
      at += 6 + size;
    }
  }
}

const peers: Peer[] = [];
const server = createServer();
let url = "";
let channel: LiveChannel;
let stale = 0;
let changes: LiveNotification[] = [];
let faults: string[] = [];
const listener = { stale: () => void (stale += 1), changed: (one: LiveNotification) => void changes.push(one) };

server.on("upgrade", (request, socket: Socket) => {
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, "", ""].join("\r\n"));
  peers.push(new Peer(socket));
});

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1?ticket=`;
});
after(() => server.close());
beforeEach(() => {
  peers.length = 0;
  [stale, changes, faults] = [0, [], []];
  let tickets = 0;
  const office = () => Promise.resolve({ url: url + (tickets += 1) });
  const failed = (fault: { code: string }) => void faults.push(fault.code);
  channel = new LiveChannel(office, { pingMs: 20, retries: { baseMs: 5 }, failed });
});
afterEach(() => {
  channel.close();
  for (const { socket } of peers) socket.destroy();
});

async function until<T>(found: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const value = found();
    if (value) return value;
    assert.ok(Date.now() < deadline, `waited in vain for ${found}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The number-th connection, once it was asked to subscribe. */
async function subscribed(number: number): Promise<Peer> {
  const peer = await until(() => peers[number - 1]);
  await until(() => peer.heard.some((one) => one["type"] === "subscribe"));
  peer.say({ type: "subscribed", id: "s1" });
  return peer;
}

const CHANGE = { type: "notification", id: "1", action: "task-status", subscriptions: ["s1"], missed: 0 };

test("it subscribes, tells changes once, and pings", async () => {
  channel.follow({ actions: ["task-status"] }, listener);
  const peer = await subscribed(1);
  assert.deepEqual(peer.heard[0], { type: "subscribe", id: "s1", actions: ["task-status"] });
  await until(() => stale === 1);
  peer.say(CHANGE);
  peer.say(CHANGE);
  peer.say({ ...CHANGE, id: "2", subscriptions: ["other"] });
  peer.say({ ...CHANGE, id: "3" });
  await until(() => changes.length === 2);
  assert.deepEqual(changes.map(({ id }) => id), ["1", "3"]);
  await until(() => peer.heard.some((one) => one["type"] === "ping"));
});

test("it comes back, subscribes again and lets all be read again", async () => {
  channel.follow({}, listener);
  (await subscribed(1)).socket.destroy();
  await subscribed(2);
  await until(() => stale === 2);
  assert.equal(peers.length, 2);
});

test("what was dropped is read again", async () => {
  channel.follow({}, listener);
  const peer = await subscribed(1);
  peer.say({ ...CHANGE, missed: 2 });
  await until(() => stale === 2);
  peer.say({ ...CHANGE, id: "2", missed: 2 });
  peer.say({ type: "pong", missed: 2 });
  peer.say({ type: "pong", missed: 3 });
  await until(() => stale === 3);
  peer.say({ ...CHANGE, id: "3", missed: 2 });
  await until(() => changes.length === 3);
  assert.equal(stale, 3);
});

test("a connection whose time is over is changed for a new one", async () => {
  channel.follow({}, listener);
  (await subscribed(1)).say({ type: "error", code: "expired", detail: "Get a new ticket." });
  await subscribed(2);
  await until(() => stale === 2);
  assert.deepEqual(faults, ["expired"]);
});

test("it stops when it is told to", async () => {
  const end = channel.follow({}, listener);
  const peer = await subscribed(1);
  end();
  await until(() => peer.heard.some((one) => one["type"] === "unsubscribe"));
  channel.close();
  await until(() => peer.socket.destroyed || peer.socket.readableEnded || peer.socket.writableEnded);
  assert.throws(() => channel.follow({}, listener), /closed/);
  assert.equal(peers.length, 1);
});
