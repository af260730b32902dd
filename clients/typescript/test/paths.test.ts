import assert from "node:assert/strict";
import { test } from "node:test";
import { filled, segment } from "../src/paths.js";

test("text that a path would not bring through goes encoded", () => {
  const told = ["KIX", "a b#ü", "a/b", "~x", "..", "50%", "", "雨/🌧", "\ufffd", "a\n"].map(segment);
  assert.deepEqual(told, ["KIX", "a%20b%23%C3%BC", "~YS9i", "~fng", "~Li4", "~NTAl", "~", "~6ZuoL_CfjKc", "~77-9", "~YQo"]);
});

test("a path needs all of its parameters", () => {
  assert.equal(filled("/items/{type}/{id}", { type: "A", id: "x/y" }), "/items/A/~eC95");
  assert.throws(() => filled("/items/{type}/{id}", { type: "A" }), /needs id/);
});
