/**
 * Places for the states of a machine: in layers, each below those that lead to it.
 *
 * It is the method of Sugiyama, Tagawa and Toda (1981), without bends: layers by the longest way
 * from the start, and within a layer the order of the middles of what leads there.
 */

import { innerOf, type MachineDefinition, type StateDefinition, waysOf } from "./definition";

export interface Node {
  name: string;
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Frame {
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Edge {
  id: string;
  path: string;
  isCaught: boolean;
}

export interface Drawing {
  nodes: readonly Node[];
  frames: readonly Frame[];
  edges: readonly Edge[];
  width: number;
  height: number;
}

const BOX = { height: 40, least: 96, character: 7.2, padding: 24 } as const;
const GAP = { x: 28, y: 44, frame: 20, title: 26 } as const;

interface Placed {
  drawing: Drawing;
  width: number;
  height: number;
}

export function drawn(machine: MachineDefinition): Drawing {
  return placed(machine).drawing;
}

function placed(machine: MachineDefinition): Placed {
  const states = machine.States ?? {};
  const layers = layersOf(machine.StartAt, states);
  ordered(layers, states);
  const sizes = new Map(Object.entries(states).map(([name, state]) => [name, sizeOf(name, state)]));
  const size = (name: string) => sizes.get(name) ?? { width: 0, height: 0, inner: [] };
  const widths = layers.map((layer) =>
    layer.reduce((sum, name) => sum + size(name).width, GAP.x * (layer.length - 1)),
  );
  const width = Math.max(0, ...widths) + 2 * GAP.x;

  const nodes: Node[] = [];
  const frames: Frame[] = [];
  const edges: Edge[] = [];
  const boxes = new Map<string, Frame & { layer: number }>();
  let y = GAP.x / 2;
  layers.forEach((layer, number) => {
    let x = (width - (widths[number] ?? 0)) / 2;
    const tallest = Math.max(...layer.map((name) => size(name).height));
    for (const name of layer) {
      const { inner, ...box } = size(name);
      boxes.set(name, { name, x, y, ...box, layer: number });
      if (inner.length === 0) {
        nodes.push({ name, type: states[name]?.Type ?? "", x, y, ...box });
      } else {
        frames.push({ name, x, y, ...box });
        nodes.push({
          name,
          type: states[name]?.Type ?? "",
          x: x + GAP.frame,
          y: y + GAP.frame / 2,
          width: box.width - 2 * GAP.frame,
          height: BOX.height,
        });
        let innerX = x + GAP.frame;
        for (const one of inner) {
          const top = y + BOX.height + GAP.frame;
          moved(one.drawing, innerX, top, { nodes, frames, edges }, name);
          innerX += one.width + GAP.x;
        }
      }
      x += box.width + GAP.x;
    }
    y += tallest + GAP.y;
  });
  for (const [name, state] of Object.entries(states)) {
    const from = boxes.get(name);
    for (const { to, isCaught } of waysOf(state)) {
      const target = boxes.get(to);
      if (from && target) edges.push({ id: `${name}→${to}`, path: pathOf(from, target), isCaught });
    }
  }
  const height = y - GAP.y + GAP.x;
  return { drawing: { nodes, frames, edges, width, height }, width, height };
}

function sizeOf(name: string, state: StateDefinition) {
  const inner = innerOf(state).map(placed);
  const own = Math.max(BOX.least, name.length * BOX.character + BOX.padding);
  if (inner.length === 0) return { width: own, height: BOX.height, inner };
  const within = inner.reduce((sum, one) => sum + one.width, GAP.x * (inner.length - 1));
  return {
    width: Math.max(own, within) + 2 * GAP.frame,
    height: BOX.height + Math.max(...inner.map((one) => one.height)) + 2 * GAP.frame,
    inner,
  };
}

interface Collected {
  nodes: Node[];
  frames: Frame[];
  edges: Edge[];
}

function moved(drawing: Drawing, x: number, y: number, into: Collected, within: string): void {
  for (const node of drawing.nodes) into.nodes.push({ ...node, x: node.x + x, y: node.y + y });
  for (const frame of drawing.frames) into.frames.push({ ...frame, x: frame.x + x, y: frame.y + y });
  for (const edge of drawing.edges) {
    into.edges.push({ ...edge, id: `${within}/${edge.id}`, path: shifted(edge.path, x, y) });
  }
}

/** Every way to a state comes from a layer above, but for those that go back. */
function layersOf(start: string | undefined, states: Readonly<Record<string, StateDefinition>>): string[][] {
  const depth = new Map<string, number>();
  const onWay = new Set<string>();
  const visit = (name: string, at: number) => {
    if (states[name] === undefined || onWay.has(name) || (depth.get(name) ?? -1) >= at) return;
    depth.set(name, at);
    onWay.add(name);
    for (const { to } of waysOf(states[name])) visit(to, at + 1);
    onWay.delete(name);
  };
  if (start !== undefined) visit(start, 0);
  for (const name of Object.keys(states)) if (!depth.has(name)) visit(name, 0);
  const layers: string[][] = [];
  for (const name of Object.keys(states)) (layers[depth.get(name) ?? 0] ??= []).push(name);
  return layers.filter((layer) => layer !== undefined);
}

/** Put each state below the middle of those that lead to it, a few times up and down. */
function ordered(layers: string[][], states: Readonly<Record<string, StateDefinition>>): void {
  const sources = new Map<string, string[]>();
  for (const [name, state] of Object.entries(states)) {
    for (const { to } of waysOf(state)) sources.set(to, [...(sources.get(to) ?? []), name]);
  }
  for (let round = 0; round < 3; round += 1) {
    const place = new Map<string, number>();
    for (const layer of layers) {
      const middle = new Map(
        layer.map((name, index) => {
          const found = (sources.get(name) ?? []).map((one) => place.get(one)).filter((at) => at !== undefined);
          const mean = found.reduce((sum, at) => sum + at, 0) / found.length;
          return [name, found.length === 0 ? index / layer.length : mean];
        }),
      );
      layer.sort((one, other) => (middle.get(one) ?? 0) - (middle.get(other) ?? 0));
      layer.forEach((name, index) => place.set(name, (index + 0.5) / layer.length));
    }
  }
}

function pathOf(from: Frame & { layer: number }, to: Frame & { layer: number }): string {
  const startX = from.x + from.width / 2;
  const endX = to.x + to.width / 2;
  const startY = from.y + from.height;
  if (to.layer > from.layer) {
    const bend = Math.max(16, (to.y - startY) / 2);
    return `M ${startX} ${startY} C ${startX} ${startY + bend} ${endX} ${to.y - bend} ${endX} ${to.y - 5}`;
  }
  // A way back goes around at the right.
  const side = Math.max(from.x + from.width, to.x + to.width) + GAP.x;
  const middle = from.y + from.height / 2;
  const target = to.y + to.height / 2;
  return `M ${from.x + from.width} ${middle} C ${side} ${middle} ${side} ${target} ${to.x + to.width + 5} ${target}`;
}

function shifted(path: string, x: number, y: number): string {
  let isX = false;
  return path.replace(/-?\d+(\.\d+)?/g, (number) => {
    isX = !isX;
    return String(Number(number) + (isX ? x : y));
  });
}
