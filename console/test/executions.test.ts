import { expect, test } from "./console";

const AT = "2026-01-01T00:00:00.000Z";

function step(id: number, state: string, status: string) {
  const told = { input: "{}", input_is_cut: false, output: null, output_is_cut: false, error: null, cause: null };
  return { id, state, type: "Task", status, entered: AT, exited: AT, failed_tries: 0, iteration: null, ...told };
}

test("the last steps are shown, though the end was seen before them", async ({ console }) => {
  const { page, open } = console;
  let looks = 0;
  let reads = 0;
  await page.route("**/executions/airport-closure/ended?**", (route) => {
    looks += 1;
    const status = looks > 1 ? "SUCCEEDED" : "RUNNING";
    const told = { input: "{}", input_is_cut: false, output: null, output_is_cut: false, error: null, cause: null };
    const body = { machine: "airport-closure", name: "ended", status, started: AT, stopped: looks > 1 ? AT : null, ...told };
    return route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
  await page.route("**/executions/airport-closure/ended/states?**", (route) => {
    reads += 1;
    const first = step(2, "find_airport", "SUCCEEDED");
    const states = reads > 2 ? [first, step(4, "close_airport", "SUCCEEDED")] : [first];
    const body = { states, is_complete: true, cursor: null };
    return route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
  await open(["executions", "airport-closure", "ended"]);
  const graph = page.getByRole("group", { name: "State machine" });
  await expect(graph.getByRole("button", { name: /^close_airport,/ })).toHaveAttribute("data-status", "SUCCEEDED");
});
