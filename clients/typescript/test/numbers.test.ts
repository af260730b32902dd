import assert from "node:assert/strict";
import { test } from "node:test";
import { ExactNumber, parseJson, stringifyJson } from "../src/numbers.js";

const LONG = "12345678901234567890.123456789012345678";

test("a number of more than 15 digits keeps them, there and back", () => {
  const text = `{"a":[${LONG},-9007199254740993,1e400,1e-400],"b":"${LONG}"}`;
  const read = parseJson(text) as { a: unknown[]; b: unknown };
  assert.ok(read.a.every((one) => one instanceof ExactNumber));
  assert.equal(String(read.a[0]), LONG);
  assert.equal(read.b, LONG);
  assert.equal(stringifyJson(read), text);
});

test("other numbers are numbers", () => {
  const text = "[0,-0.5,1e3,123456789012345,100000000000000000000,0.1,0.000]";
  assert.deepEqual(parseJson(text), [0, -0.5, 1000, 123456789012345, 1e20, 0.1, 0]);
});

test("all else is as JSON.parse has it", () => {
  const texts = ['{"__proto__":{"x":1},"a\\"1":"\\\\","":null}', '"\\u0000🌧 1e999 \\" 12345678901234567890"'];
  for (const text of texts) assert.deepEqual(parseJson(text), JSON.parse(text));
  const odd = parseJson(`{"__proto__":${LONG}}`) as object;
  assert.deepEqual(Object.keys(odd), ["__proto__"]);
  assert.throws(() => parseJson(`{"a":${LONG}`), SyntaxError);
  assert.throws(() => parseJson("1 2"), SyntaxError);
});

test("a bigint is written, and what JSON has no number for is refused", () => {
  assert.equal(stringifyJson({ a: [12345678901234567890n] }), '{"a":[12345678901234567890]}');
  for (const part of [NaN, Infinity]) {
    assert.throws(() => stringifyJson({ attributes: { n: part } }), /n is (NaN|Infinity)/);
  }
});

test("what is no number is refused", () => {
  for (const text of ["", "1e", "0x1", "01x", '1","x":1', "NaN"]) {
    assert.throws(() => new ExactNumber(text), RangeError);
  }
});
